-- bxnn_adder_graph: constants times a vector, computed by adding shifted values, cut into pipeline stages.
--
-- Equation:  value v is input v / 2**IN_ZEROS(v), which is exact; the constants follow, then the sums
--            sum(n) = value(left) * 2**left_shift +- value(right) * 2**right_shift
--            y(o)   = value(result) * 2**shift, or 0 where the result is -1
-- Bits:      x = | element INPUTS-1 | ... | element 0 |, IN_BITS each; y likewise with OUT_BITS.
--            Each value has the width given in VALUES (the compiler proves that it suffices).
--
--            VALUES   per value:  bits, signed (1) or not (0), first stage, last stage
--            ADDERS   per sum:    left, left_shift, right, right_shift, subtract (1) or add (0)
--            RESULTS  per output: value or -1, shift; a negative shift drops bits that are always zero
--            CONSTANTS = | constant USED_CONSTANTS-1 | ... | constant 0 |, CONSTANT_BITS each, unsigned
--
--            An empty table is passed one row that nothing reads: VHDL has no empty aggregates.
-- Latency:   STAGES. A value computed in stage s and read in stage t passes through t - s registers; outputs
--            are read in stage STAGES. Whether the path ends with a register depends on the tables.
-- II:        1
-- Cost:      0 DSP; one LUT per bit of an adder, except for the low bits of a sum that are copied from one
--            operand; BITS * (last stage - first stage) flip-flops per value, and STAGES for valid.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_adder_graph is
  generic (
    INPUTS         : positive;         -- elements of x
    IN_BITS        : positive;         -- bits of an element of x
    IN_ZEROS       : integer_vector;   -- per element of x: low bits that are always zero
    OUTPUTS        : positive;         -- elements of y
    OUT_BITS       : positive;         -- bits of an element of y
    STAGES         : natural;          -- pipeline stages
    CONSTANT_BITS  : positive;         -- bits of a constant
    CONSTANTS      : std_logic_vector; -- the constants, unsigned
    USED_CONSTANTS : natural;          -- how many of them are read
    SUMS           : natural;          -- rows of ADDERS that are read
    VALUES         : integer_vector;   -- 4 entries per value, see above
    ADDERS         : integer_vector;   -- 5 entries per sum, see above
    RESULTS        : integer_vector    -- 2 entries per output, see above
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(INPUTS * IN_BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(OUTPUTS * OUT_BITS - 1 downto 0)
  );
end entity bxnn_adder_graph;

architecture rtl of bxnn_adder_graph is

  constant FIRST_SUM : positive := INPUTS + USED_CONSTANTS;
  constant COUNT     : positive := FIRST_SUM + SUMS;

  constant VALUES_FIT  : boolean := require(VALUES'length = 4 * COUNT,
    "bxnn_adder_graph: VALUES has " & integer'image(VALUES'length)
    & " entries, 4 * (INPUTS + USED_CONSTANTS + SUMS) is " & integer'image(4 * COUNT));
  constant ADDERS_FIT  : boolean := require(ADDERS'length = 5 * max(SUMS, 1),
    "bxnn_adder_graph: ADDERS has " & integer'image(ADDERS'length) & " entries, 5 * SUMS is "
    & integer'image(5 * max(SUMS, 1)));
  constant RESULTS_FIT : boolean := require(RESULTS'length = 2 * OUTPUTS,
    "bxnn_adder_graph: RESULTS has " & integer'image(RESULTS'length) & " entries, 2 * OUTPUTS is "
    & integer'image(2 * OUTPUTS));

  function value_bits (v : natural) return positive is
  begin
    return VALUES(VALUES'low + 4 * v);
  end function value_bits;

  function is_signed (v : natural) return natural is
  begin
    return VALUES(VALUES'low + 4 * v + 1);
  end function is_signed;

  function first_stage (v : natural) return natural is
  begin
    return VALUES(VALUES'low + 4 * v + 2);
  end function first_stage;

  function last_stage (v : natural) return natural is
  begin
    return VALUES(VALUES'low + 4 * v + 3);
  end function last_stage;

  -- Where the wires of each value begin: one copy per stage in which it exists. The last entry is their number.
  function starts return integer_vector is
    variable first : integer_vector(0 to COUNT);
  begin
    first(0) := 0;
    for v in 0 to COUNT - 1 loop
      first(v + 1) := first(v) + value_bits(v) * (last_stage(v) - first_stage(v) + 1);
    end loop;
    return first;
  end function starts;

  constant PLACES : integer_vector(0 to COUNT) := starts;
  constant WIDTH  : positive                   := PLACES(COUNT);

  -- Lowest wire of a value in a stage; constants are the same in all stages.
  function place (v, stage : natural) return natural is
  begin
    if v >= INPUTS and v < FIRST_SUM then
      return PLACES(v);
    end if;
    return PLACES(v) + value_bits(v) * (stage - first_stage(v));
  end function place;

  -- The low bits of code * 2**shift.
  function shifted (code : std_logic_vector; code_signed, shift, bits : natural) return unsigned is
    variable wide : unsigned(bits - 1 downto 0);
  begin
    if code'length >= bits then
      wide := resize(unsigned(code), bits);
    elsif code_signed = 1 then
      wide := unsigned(resize(signed(code), bits));
    else
      wide := resize(unsigned(code), bits);
    end if;
    return shift_left(wide, shift);
  end function shifted;

  -- a + b, or a - b; the lowest PASSED bits of one are zero, and those of the other are copied.
  function sum (a, b : unsigned; subtract, passed : natural) return std_logic_vector is
    constant BITS  : positive                    := a'length;
    variable total : unsigned(BITS - 1 downto 0) := a or b;
    variable upper : unsigned(BITS - passed - 1 downto 0);
  begin
    if subtract = 1 then
      upper := a(BITS - 1 downto passed) - b(BITS - 1 downto passed);
    else
      upper := a(BITS - 1 downto passed) + b(BITS - 1 downto passed);
    end if;
    total(BITS - 1 downto passed) := upper;
    -- Written separately; otherwise synthesis merges chains of sums into carry-save adders, which delay late operands
    -- more than their own adder does. The LUT is that of the chain's first bit.
    if passed < BITS then
      total(passed) := a(passed) xor b(passed);
    end if;
    return std_logic_vector(total);
  end function sum;

  signal wires : std_logic_vector(WIDTH - 1 downto 0);

begin

  to_valid : entity work.bxnn_valid_delay
    generic map (
      CYCLES => STAGES
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => valid,
      y_valid => y_valid
    );

  read : for i in 0 to INPUTS - 1 generate
    constant LOW  : natural := i * IN_BITS + IN_ZEROS(IN_ZEROS'low + i);
    constant HIGH : natural := LOW + value_bits(i) - 1;
  begin
    wires(PLACES(i) + value_bits(i) - 1 downto PLACES(i)) <= x(HIGH downto LOW);
  end generate read;

  fix : for c in 0 to USED_CONSTANTS - 1 generate
    constant V : natural := INPUTS + c;
  begin
    wires(PLACES(V + 1) - 1 downto PLACES(V)) <= std_logic_vector(
      shifted(element(CONSTANTS, c, CONSTANT_BITS), 0, 0, value_bits(V)));
  end generate fix;

  add : for n in 0 to SUMS - 1 generate
    constant V           : natural  := FIRST_SUM + n;
    constant ROW         : natural  := ADDERS'low + 5 * n;
    constant STAGE       : natural  := first_stage(V);
    constant BITS        : positive := value_bits(V);
    constant LEFT        : natural  := ADDERS(ROW);
    constant LEFT_SHIFT  : natural  := ADDERS(ROW + 1);
    constant RIGHT       : natural  := ADDERS(ROW + 2);
    constant RIGHT_SHIFT : natural  := ADDERS(ROW + 3);
    constant SUBTRACT    : natural  := ADDERS(ROW + 4);
    constant A           : natural  := place(LEFT, STAGE);
    constant B           : natural  := place(RIGHT, STAGE);
    -- If only the right operand has low bits to copy, this works only if they are not subtracted.
    constant PASSED : natural := max(RIGHT_SHIFT, (1 - SUBTRACT) * LEFT_SHIFT);
  begin
    wires(PLACES(V) + BITS - 1 downto PLACES(V)) <= sum(
      shifted(wires(A + value_bits(LEFT) - 1 downto A), is_signed(LEFT), LEFT_SHIFT, BITS),
      shifted(wires(B + value_bits(RIGHT) - 1 downto B), is_signed(RIGHT), RIGHT_SHIFT, BITS),
      SUBTRACT,
      PASSED);
  end generate add;

  keep : for v in 0 to COUNT - 1 generate

    stages_between : if last_stage(v) > first_stage(v) generate
      constant LOW  : natural  := PLACES(v);
      constant HIGH : natural  := PLACES(v + 1) - 1;
      constant BITS : positive := value_bits(v);
    begin
      shift : process (clk)
      begin
        if rising_edge(clk) then
          wires(HIGH downto LOW + BITS) <= wires(HIGH - BITS downto LOW);
        end if;
      end process shift;
    end generate stages_between;

  end generate keep;

  write : for o in 0 to OUTPUTS - 1 generate
    constant V     : integer := RESULTS(RESULTS'low + 2 * o);
    constant SHIFT : integer := RESULTS(RESULTS'low + 2 * o + 1);
  begin

    zero : if V < 0 generate
      y((o + 1) * OUT_BITS - 1 downto o * OUT_BITS) <= (others => '0');
    end generate zero;

    grown : if V >= 0 and SHIFT >= 0 generate
      constant A : natural := place(V, STAGES);
    begin
      y((o + 1) * OUT_BITS - 1 downto o * OUT_BITS) <= std_logic_vector(
        shifted(wires(A + value_bits(V) - 1 downto A), is_signed(V), SHIFT, OUT_BITS));
    end generate grown;

    dropped : if V >= 0 and SHIFT < 0 generate
      constant A : natural := place(V, STAGES);
    begin
      y((o + 1) * OUT_BITS - 1 downto o * OUT_BITS) <= std_logic_vector(
        shifted(wires(A + value_bits(V) - 1 downto A - SHIFT), is_signed(V), 0, OUT_BITS));
    end generate dropped;

  end generate write;

end architecture rtl;
