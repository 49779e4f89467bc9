-- bxnn_channel_threshold: a staircase of its own for every lane: counts the thresholds that a code reaches.
--
-- Equation:  y(lane) = BASE(r) + STEP(r) * #{ k : x(lane) >= threshold(r, k) },   r = ROW_OF(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, ascending; y has OUT_BITS per
--            lane: the low bits of the two's complement value.
-- Latency:   1. y loads only when enable is high and holds otherwise.
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step, exclusive ors of them, at most OUT_BITS
--            flip-flops per lane.
library ieee;
use ieee.std_logic_1164.all;
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

  signal counted : std_logic_vector(LANES * OUT_BITS - 1 downto 0);
  signal result  : std_logic_vector(LANES * OUT_BITS - 1 downto 0) := (others => '0');

begin

  stairs : entity work.bxnn_staircase
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
      STEP       => STEP
    )
    port map (
      x => x,
      y => counted
    );

  load : process (clk)
  begin
    if rising_edge(clk) then
      if enable = '1' then
        result <= counted;
      end if;
    end if;
  end process load;

  y <= result;

end architecture rtl;
