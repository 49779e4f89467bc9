-- bxnn_staircase: counts the thresholds that the code of every lane reaches; bits of a result that are always the same,
-- or always alike, are so to synthesis as well, which maps bxnn_staircase_lanes by itself.
--
-- Equation:  y(lane) = BASE(r) + STEP(r) * #{ k : x(lane) >= threshold(r, k) },   r = ROW_OF(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, ascending; y has OUT_BITS per
--            lane: the low bits of the two's complement value.
-- Latency:   REGISTERED: 0, or 1 with a register for every comparison
-- II:        1
-- Cost:      0 DSP; that of bxnn_staircase_lanes.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_staircase is
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
end entity bxnn_staircase;

architecture rtl of bxnn_staircase is

  -- What a row shows above its first steps.
  function shown (row, steps_reached : natural) return std_logic_vector is
  begin
    return low_bits(to_signed(BASE(BASE'low + row) + steps_reached * STEP(STEP'low + row), 32), OUT_BITS);
  end function shown;

  -- Whether a bit of a row has the value of another above any number of steps.
  function alike (row, place, other : natural) return boolean is
    variable value : std_logic_vector(OUT_BITS - 1 downto 0);
    variable found : boolean := true;
  begin
    for k in 0 to STEPS loop
      value := shown(row, k);
      found := found and value(place) = value(other);
    end loop;
    return found;
  end function alike;

  -- The lowest bit of a row that is like a bit.
  function first_alike (row, place : natural) return natural is
    variable found : natural := place;
  begin
    for other in place downto 0 loop
      if alike(row, place, other) then
        found := other;
      end if;
    end loop;
    return found;
  end function first_alike;

  -- Whether a bit of a row is the same above any number of steps.
  function constant_bit (row, place : natural) return boolean is
    constant FIRST : std_logic_vector(OUT_BITS - 1 downto 0) := shown(row, 0);
    variable value : std_logic_vector(OUT_BITS - 1 downto 0);
    variable found : boolean                                 := true;
  begin
    for k in 1 to STEPS loop
      value := shown(row, k);
      found := found and value(place) = FIRST(place);
    end loop;
    return found;
  end function constant_bit;

  signal counted : std_logic_vector(LANES * OUT_BITS - 1 downto 0);

begin

  stairs : entity work.bxnn_staircase_lanes
    generic map (
      LANES      => LANES,
      IN_BITS    => IN_BITS,
      IN_SIGNED  => IN_SIGNED,
      OUT_BITS   => OUT_BITS,
      ROWS       => ROWS,
      ROW_OF     => ROW_OF,
      STEPS      => STEPS,
      THRESHOLDS => THRESHOLDS,
      BASE       => BASE,
      STEP       => STEP,
      REGISTERED => REGISTERED
    )
    port map (
      clk => clk,
      x   => x,
      y   => counted
    );

  lane : for i in 0 to LANES - 1 generate
    constant ROW   : natural                                 := ROW_OF(ROW_OF'low + i);
    constant FIRST : std_logic_vector(OUT_BITS - 1 downto 0) := shown(ROW, 0);
  begin

    place : for b in 0 to OUT_BITS - 1 generate

      same : if constant_bit(ROW, b) generate
        y(i * OUT_BITS + b) <= FIRST(b);
      else generate
        y(i * OUT_BITS + b) <= counted(i * OUT_BITS + first_alike(ROW, b));
      end generate same;

    end generate place;

  end generate lane;

end architecture rtl;
