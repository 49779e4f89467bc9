-- bxnn_staircase_lanes: counts the thresholds that the code of every lane reaches, in logic of few levels. Synthesis maps it
-- to LUTs by itself: beside slower logic, it would lengthen these paths to save LUTs. If the comparisons have registers,
-- they are mapped by themselves.
--
-- Equation:  y(lane) = BASE(r) + STEP(r) * #{ k : x(lane) >= threshold(r, k) },   r = ROW_OF(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, ascending; y has OUT_BITS per
--            lane: the low bits of the two's complement value.
-- Latency:   REGISTERED: 0, or 1 with a register for every comparison
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step, exclusive ors of them; if REGISTERED = 1, a flip-flop per lane and
--            step within the range of a code.
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
    STEP       : integer_vector;       -- added for each threshold reached, of every row
    REGISTERED : natural := 0          -- 1: a register for every comparison
  );
  port (
    clk : in  std_logic; -- read if REGISTERED = 1
    x   : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y   : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_staircase_lanes;

architecture rtl of bxnn_staircase_lanes is

  constant T_BITS : positive := IN_BITS + 2;

  -- What a row shows above its first steps.
  function shown (row, steps_reached : natural) return std_logic_vector is
  begin
    return low_bits(to_signed(BASE(BASE'low + row) + steps_reached * STEP(STEP'low + row), 32), OUT_BITS);
  end function shown;

  -- Whether every code reaches threshold k of a row: it is at or below the lowest.
  function always_reached (row, k : natural) return boolean is
    constant THRESHOLD : std_logic_vector(T_BITS - 1 downto 0) := element(THRESHOLDS, row * STEPS + k, T_BITS);
  begin
    if IN_SIGNED = 0 then
      return THRESHOLD(T_BITS - 1) = '1' or is_zero(THRESHOLD);
    end if;
    return THRESHOLD(T_BITS - 1 downto IN_BITS - 1) = "110" or THRESHOLD(T_BITS - 1 downto IN_BITS) = "10"
      or (THRESHOLD(T_BITS - 1 downto IN_BITS - 1) = "111" and is_zero(THRESHOLD(IN_BITS - 2 downto 0)));
  end function always_reached;

  -- The bits of a row that differ before and after threshold k, if it is reached.
  function turned (flags : std_logic_vector; row, k : natural) return std_logic_vector is
  begin
    return only_if(flags(k) = '1' or always_reached(row, k), shown(row, k) xor shown(row, k + 1));
  end function turned;

  -- As thresholds ascend, those reached are the first ones, and each of them turns bits of the result: an exclusive
  -- or of all takes few LUTs in a row where a sum would take many.
  function all_turned (flags : std_logic_vector; row, first, last : natural) return std_logic_vector is
    constant MIDDLE : natural := (first + last) / 2;
  begin
    if first = last then
      return turned(flags, row, first);
    end if;
    return all_turned(flags, row, first, MIDDLE) xor all_turned(flags, row, MIDDLE + 1, last);
  end function all_turned;

  signal reached : std_logic_vector(LANES * STEPS - 1 downto 0);

begin

  comparisons : entity work.bxnn_thresholds_reached
    generic map (
      LANES      => LANES,
      IN_BITS    => IN_BITS,
      IN_SIGNED  => IN_SIGNED,
      ROWS       => ROWS,
      ROW_OF     => ROW_OF,
      STEPS      => STEPS,
      THRESHOLDS => THRESHOLDS,
      REGISTERED => REGISTERED
    )
    port map (
      clk => clk,
      x   => x,
      y   => reached
    );

  lane : for i in 0 to LANES - 1 generate
    constant ROW : natural := ROW_OF(ROW_OF'low + i);

    signal lane_reached : std_logic_vector(STEPS - 1 downto 0);
  begin

    lane_reached <= element(reached, i, STEPS);

    y((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= shown(ROW, 0)
      xor all_turned(lane_reached, ROW, 0, STEPS - 1);

  end generate lane;

end architecture rtl;
