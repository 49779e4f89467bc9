-- bxnn_staircase_lanes: counts the thresholds that the code of every lane reaches, in logic of few levels. Synthesis maps it
-- to LUTs by itself: beside slower logic, it would lengthen these paths to save LUTs.
--
-- Equation:  y(lane) = BASE(r) + STEP(r) * #{ k : x(lane) >= threshold(r, k) },   r = ROW_OF(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, ascending; y has OUT_BITS per
--            lane: the low bits of the two's complement value.
-- Latency:   0
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step, exclusive ors of them.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_staircase_lanes is
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
    x : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_staircase_lanes;

architecture rtl of bxnn_staircase_lanes is

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

  -- What a row shows above its first steps.
  function shown (row, steps_reached : natural) return std_logic_vector is
  begin
    return low_bits(to_signed(BASE(BASE'low + row) + steps_reached * STEP(STEP'low + row), 32), OUT_BITS);
  end function shown;

  -- The bits of a row that differ before and after threshold k, if a code counted from the lowest reaches it.
  function turned (code : std_logic_vector; row, k : natural) return std_logic_vector is
    constant THRESHOLD : std_logic_vector(T_BITS - 1 downto 0) := element(LIFTED_THRESHOLDS, row * STEPS + k, T_BITS);
    variable flags     : std_logic_vector(1 downto 0)          := "00";
  begin
    if THRESHOLD(T_BITS - 1) = '1' then
      flags := "11";
    elsif THRESHOLD(IN_BITS) = '0' then
      flags := compared(code, THRESHOLD(IN_BITS - 1 downto 0));
    end if;
    return only_if(flags(1) = '1', shown(row, k) xor shown(row, k + 1));
  end function turned;

  -- As thresholds ascend, those reached are the first ones, and each of them turns bits of the result: an exclusive
  -- or of all takes few LUTs in a row where a sum would take many.
  function all_turned (code : std_logic_vector; row, first, last : natural) return std_logic_vector is
    constant MIDDLE : natural := (first + last) / 2;
  begin
    if first = last then
      return turned(code, row, first);
    end if;
    return all_turned(code, row, first, MIDDLE) xor all_turned(code, row, MIDDLE + 1, last);
  end function all_turned;

begin

  lane : for i in 0 to LANES - 1 generate
    y((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= shown(ROW_OF(ROW_OF'low + i), 0)
      xor all_turned(from_lowest(element(x, i, IN_BITS)), ROW_OF(ROW_OF'low + i), 0, STEPS - 1);
  end generate lane;

end architecture rtl;
