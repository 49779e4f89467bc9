-- bxnn_threshold: staircase quantizer (binary, ternary, ...): counts how many thresholds an accumulator reaches.
--
-- Equation:  y = BASE + INCREMENT * #{ k : x >= threshold(k) }
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | STEPS-1 | ... | 0 |, signed
--            codes of IN_BITS + 2 bits, ascending; y has OUT_BITS per lane: the low bits of the two's
--            complement value.
-- Copies:    with ENABLE_COUNT > 0, enable_copies are equal to enable; each loads neighbouring lanes.
-- Latency:   1, or 2 with a register for every comparison. y loads only with an enable and holds otherwise.
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step, at most OUT_BITS flip-flops per lane; if REGISTERED = 1, the
--            further ones of bxnn_channel_threshold.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_threshold is
  generic (
    LANES        : positive;             -- accumulators
    IN_BITS      : positive;             -- bits of an accumulator
    IN_SIGNED    : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    OUT_BITS     : positive;             -- bits of a result
    STEPS        : positive;             -- thresholds
    THRESHOLDS   : std_logic_vector;     -- IN_BITS + 2 bits each, signed
    BASE         : integer;              -- result below every threshold
    INCREMENT    : integer;              -- added for each threshold reached
    REGISTERED   : natural := 0;         -- 1: a register for every comparison
    MAX_FANOUT   : natural := 0;         -- most flip-flops that a copy of enable loads if REGISTERED = 1; 0: any
    ENABLE_COUNT : natural := 0          -- copies of enable; 0: enable itself loads all lanes
  );
  port (
    clk           : in  std_logic;
    enable        : in  std_logic;
    x             : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    enable_copies : in  std_logic_vector(max(1, ENABLE_COUNT) - 1 downto 0) := (others => '0');
    y             : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_threshold;

architecture rtl of bxnn_threshold is

  constant T_BITS  : positive := IN_BITS + 2;
  constant CHECKED : boolean  := require(THRESHOLDS'length = STEPS * T_BITS,
    "bxnn_threshold: THRESHOLDS has " & integer'image(THRESHOLDS'length) & " bits, STEPS * (IN_BITS + 2) is "
    & integer'image(STEPS * T_BITS));

begin

  at_once : if REGISTERED = 0 generate
    signal result : std_logic_vector(LANES * OUT_BITS - 1 downto 0);
  begin

    stairs : entity work.bxnn_staircase
      generic map (
        LANES      => LANES,
        IN_BITS    => IN_BITS,
        IN_SIGNED  => IN_SIGNED,
        OUT_BITS   => OUT_BITS,
        ROWS       => 1,
        ROW_OF     => (0 to LANES - 1 => 0),
        STEPS      => STEPS,
        THRESHOLDS => THRESHOLDS,
        BASE       => (0 => BASE),
        STEP       => (0 => INCREMENT)
      )
      port map (
        clk => clk,
        x   => x,
        y   => result
      );

    held : entity work.bxnn_result_register
      generic map (
        BITS         => LANES * OUT_BITS,
        WORDS        => LANES,
        ENABLE_COUNT => ENABLE_COUNT
      )
      port map (
        clk           => clk,
        enable        => enable,
        x             => result,
        enable_copies => enable_copies,
        y             => y
      );

  end generate at_once;

  in_turn : if REGISTERED > 0 generate
    steps_of_one_row : entity work.bxnn_channel_threshold
      generic map (
        LANES        => LANES,
        IN_BITS      => IN_BITS,
        IN_SIGNED    => IN_SIGNED,
        OUT_BITS     => OUT_BITS,
        ROWS         => 1,
        ROW_OF       => (0 to LANES - 1 => 0),
        STEPS        => STEPS,
        THRESHOLDS   => THRESHOLDS,
        BASE         => (0 => BASE),
        STEP         => (0 => INCREMENT),
        REGISTERED   => 1,
        MAX_FANOUT   => MAX_FANOUT,
        ENABLE_COUNT => ENABLE_COUNT
      )
      port map (
        clk           => clk,
        enable        => enable,
        x             => x,
        enable_copies => enable_copies,
        y             => y
      );
  end generate in_turn;

end architecture rtl;
