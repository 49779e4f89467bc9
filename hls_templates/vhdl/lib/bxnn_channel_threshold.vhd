-- bxnn_channel_threshold: a staircase of its own for every lane: counts the thresholds that a code reaches.
--
-- Equation:  y(lane) = BASE(r) + STEP(r) * #{ k : x(lane) >= threshold(r, k) },   r = ROW_OF(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, in any order; y has OUT_BITS per
--            lane: the low bits of the two's complement value.
-- Latency:   1. y loads only when enable is high and holds otherwise.
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step and a tree of adders after them, at most OUT_BITS
--            flip-flops per lane.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_channel_threshold is
  generic (
    LANES      : positive;             -- codes compared at once
    IN_BITS    : positive;             -- bits of a code
    IN_SIGNED  : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    OUT_BITS   : positive;             -- bits of a result
    ROWS       : positive;             -- different staircases
    ROW_OF     : integer_vector;       -- staircase of every lane
    STEPS      : positive;             -- thresholds of a staircase
    THRESHOLDS : std_logic_vector;     -- IN_BITS + 2 bits each, signed, row 0 lowest
    BASE       : integer_vector;       -- result below every threshold, of every row
    STEP       : integer_vector        -- added for each threshold reached, of every row
  );
  port (
    clk    : in  std_logic;
    enable : in  std_logic;
    x      : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y      : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_channel_threshold;

architecture rtl of bxnn_channel_threshold is

  constant T_BITS   : positive := IN_BITS + 2;
  constant COMPLETE : boolean  := require(THRESHOLDS'length = ROWS * STEPS * T_BITS,
    "bxnn_channel_threshold: THRESHOLDS has " & integer'image(THRESHOLDS'length)
    & " bits, ROWS * STEPS * (IN_BITS + 2) is " & integer'image(ROWS * STEPS * T_BITS));
  constant ASSIGNED : boolean  := require(ROW_OF'length = LANES,
    "bxnn_channel_threshold: ROW_OF has " & integer'image(ROW_OF'length) & " elements, LANES is "
    & integer'image(LANES));

  constant COUNT_BITS : positive := ceil_log2(STEPS + 1);
  constant LEAVES     : positive := 2 ** ceil_log2(STEPS);

  -- Number of bits that are set, by a tree of small adders: a chain of them would be slow.
  function ones (reached : std_logic_vector) return unsigned is
    type count_array is array (0 to LEAVES - 1) of unsigned(COUNT_BITS - 1 downto 0);
    variable counts : count_array := (others => (others => '0'));
    variable left   : positive    := LEAVES;
  begin
    for k in 0 to STEPS - 1 loop
      counts(k)(0) := reached(k);
    end loop;
    for level in 1 to ceil_log2(LEAVES) loop
      left := left / 2;
      for k in 0 to left - 1 loop
        counts(k) := counts(2 * k) + counts(2 * k + 1);
      end loop;
    end loop;
    return counts(0);
  end function ones;

  function staircase (code : std_logic_vector; lane : natural) return std_logic_vector is
    constant ROW     : natural                     := ROW_OF(ROW_OF'low + lane);
    constant V       : signed(T_BITS - 1 downto 0) := to_operand(code, IN_SIGNED, T_BITS);
    variable reached : std_logic_vector(STEPS - 1 downto 0);
    variable value   : integer;
  begin
    for k in 0 to STEPS - 1 loop
      reached(k) := '1' when V >= signed(element(THRESHOLDS, ROW * STEPS + k, T_BITS)) else '0';
    end loop;
    value := BASE(BASE'low + ROW);
    for i in 1 to abs STEP(STEP'low + ROW) loop -- STEP is 1 or 2, or one of these below 0: no multiplier
      if STEP(STEP'low + ROW) > 0 then
        value := value + to_integer(ones(reached));
      else
        value := value - to_integer(ones(reached));
      end if;
    end loop;
    return low_bits(to_signed(value, 32), OUT_BITS);
  end function staircase;

  signal result : std_logic_vector(LANES * OUT_BITS - 1 downto 0) := (others => '0');

begin

  load : process (clk)
  begin
    if rising_edge(clk) then
      if enable = '1' then
        for i in 0 to LANES - 1 loop
          result((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= staircase(element(x, i, IN_BITS), i);
        end loop;
      end if;
    end if;
  end process load;

  y <= result;

end architecture rtl;
