-- bxnn_thresholds_reached: which thresholds the code of every lane reaches, in comparisons of few levels. If they have
-- registers, synthesis maps them to LUTs by themselves: beside what counts them, it would lengthen them to save LUTs.
--
-- Equation:  y(lane, k) = 1 if x(lane) >= threshold(r, k), else 0,   r = ROW_OF(lane); 0 if every code reaches it
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, ascending; y = | lane LANES-1 | ... |
--            lane 0 |, lane = | STEPS-1 | ... | 0 |.
-- Latency:   REGISTERED
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step and, if REGISTERED = 1, a flip-flop.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_thresholds_reached is
  generic (
    LANES      : positive;             -- codes compared at once
    IN_BITS    : positive;             -- bits of a code
    IN_SIGNED  : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    ROWS       : positive;             -- different staircases
    ROW_OF     : integer_vector;       -- staircase of every lane
    STEPS      : positive;             -- thresholds of a staircase
    THRESHOLDS : std_logic_vector;     -- IN_BITS + 2 bits each, signed, row 0 lowest
    REGISTERED : natural := 0          -- 1: a register for every comparison
  );
  port (
    clk : in  std_logic; -- read if REGISTERED = 1
    x   : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y   : out std_logic_vector(LANES * STEPS - 1 downto 0)
  );
end entity bxnn_thresholds_reached;

architecture rtl of bxnn_thresholds_reached is

  constant T_BITS     : positive := IN_BITS + 2;
  constant LUT_INPUTS : positive := 6;

  -- A code counted from the lowest one: so are a signed code and its thresholds compared.
  function from_lowest (code : std_logic_vector) return std_logic_vector is
    variable half : unsigned(code'length - 1 downto 0) := (others => '0');
  begin
    if IN_SIGNED = 1 then
      half(IN_BITS - 1) := '1';
    end if;
    return std_logic_vector(unsigned(code) + half);
  end function from_lowest;

  -- All thresholds, counted from the lowest code.
  function lifted return std_logic_vector is
    variable found : std_logic_vector(ROWS * STEPS * T_BITS - 1 downto 0);
  begin
    for k in 0 to ROWS * STEPS - 1 loop
      found((k + 1) * T_BITS - 1 downto k * T_BITS) := from_lowest(element(THRESHOLDS, k, T_BITS));
    end loop;
    return found;
  end function lifted;

  constant LIFTED_THRESHOLDS : std_logic_vector(ROWS * STEPS * T_BITS - 1 downto 0) := lifted;

  -- Whether a code reaches a threshold, and whether it exceeds it, both unsigned. Halves of more bits than a LUT has
  -- inputs are compared by themselves: synthesis would make a long chain of the whole comparison.
  function compared (code, threshold : std_logic_vector) return std_logic_vector is
    constant BITS       : positive := code'length;
    constant LOW        : natural  := BITS / 2;
    alias    value      : std_logic_vector(BITS - 1 downto 0) is code;
    alias    least      : std_logic_vector(BITS - 1 downto 0) is threshold;
    variable high, rest : std_logic_vector(1 downto 0);
  begin
    if BITS <= LUT_INPUTS then
      return (unsigned(value) ?>= unsigned(least)) & (unsigned(value) ?> unsigned(least));
    end if;
    high := compared(value(BITS - 1 downto LOW), least(BITS - 1 downto LOW));
    rest := compared(value(LOW - 1 downto 0), least(LOW - 1 downto 0));
    return (high(0) or (high(1) and rest(1))) & (high(0) or (high(1) and rest(0)));
  end function compared;

  -- Threshold k of a row, counted from the lowest code.
  function lifted_threshold (row, k : natural) return std_logic_vector is
    constant CODE : std_logic_vector(T_BITS - 1 downto 0) := element(LIFTED_THRESHOLDS, row * STEPS + k, T_BITS);
  begin
    return CODE;
  end function lifted_threshold;

  -- The thresholds of a row that a code counted from the lowest reaches; '0' for those beyond its range.
  function compared_with_all (code : std_logic_vector; row : natural) return std_logic_vector is
    variable flags : std_logic_vector(1 downto 0);
    variable found : std_logic_vector(STEPS - 1 downto 0) := (others => '0');
  begin
    for k in 0 to STEPS - 1 loop
      if lifted_threshold(row, k)(T_BITS - 1 downto IN_BITS) = "00" and not is_zero(lifted_threshold(row, k)) then
        flags    := compared(code, lifted_threshold(row, k)(IN_BITS - 1 downto 0));
        found(k) := flags(1);
      end if;
    end loop;
    return found;
  end function compared_with_all;

  signal reaches : std_logic_vector(LANES * STEPS - 1 downto 0);

begin

  lane : for i in 0 to LANES - 1 generate
    reaches((i + 1) * STEPS - 1 downto i * STEPS) <= compared_with_all(
      from_lowest(element(x, i, IN_BITS)), ROW_OF(ROW_OF'low + i));
  end generate lane;

  at_once : if REGISTERED = 0 generate
    y <= reaches;
  end generate at_once;

  a_cycle_later : if REGISTERED > 0 generate
    signal reached : std_logic_vector(LANES * STEPS - 1 downto 0) := (others => '0');
  begin

    hold : process (clk)
    begin
      if rising_edge(clk) then
        reached <= reaches;
      end if;
    end process hold;

    y <= reached;

  end generate a_cycle_later;

end architecture rtl;
