-- bxnn_channel_threshold: a staircase of its own for every lane: counts the thresholds that a code reaches.
--
-- Equation:  y(lane) = BASE(r) + STEP(r) * #{ k : x(lane) >= threshold(r, k) },   r = ROW_OF(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; THRESHOLDS = | row ROWS-1 | ... | row 0 |,
--            row = | STEPS-1 | ... | 0 |, signed codes of IN_BITS + 2 bits, ascending; y has OUT_BITS per
--            lane: the low bits of the two's complement value.
-- Copies:    with ENABLE_COUNT > 0, enable_copies are equal to enable; each loads neighbouring lanes.
-- Latency:   1, or 2 with a register for every comparison. y loads only with an enable and holds otherwise.
-- II:        1
-- Cost:      0 DSP, one comparator per lane and step, exclusive ors of them, at most OUT_BITS
--            flip-flops per lane. If REGISTERED = 1, a flip-flop per lane and step within the range of a code, and copies
--            of enable that load MAX_FANOUT flip-flops at most.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_channel_threshold is
  generic (
    LANES        : positive;             -- codes compared at once
    IN_BITS      : positive;             -- bits of a code
    IN_SIGNED    : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    OUT_BITS     : positive;             -- bits of a result
    ROWS         : positive;             -- different staircases
    ROW_OF       : integer_vector;       -- staircase of every lane
    STEPS        : positive;             -- thresholds of a staircase
    THRESHOLDS   : std_logic_vector;     -- IN_BITS + 2 bits each, signed, row 0 lowest
    BASE         : integer_vector;       -- result below every threshold, of every row
    STEP         : integer_vector;       -- added for each threshold reached, of every row
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
end entity bxnn_channel_threshold;

architecture rtl of bxnn_channel_threshold is

  constant T_BITS   : positive := IN_BITS + 2;
  constant COMPLETE : boolean  := require(THRESHOLDS'length = ROWS * STEPS * T_BITS,
    "bxnn_channel_threshold: THRESHOLDS has " & integer'image(THRESHOLDS'length)
    & " bits, ROWS * STEPS * (IN_BITS + 2) is " & integer'image(ROWS * STEPS * T_BITS));
  constant ASSIGNED : boolean  := require(ROW_OF'length = LANES,
    "bxnn_channel_threshold: ROW_OF has " & integer'image(ROW_OF'length) & " elements, LANES is "
    & integer'image(LANES));

  -- Lanes that one signal enables: a copy of enable, or of its register.
  function lanes_of_copy return positive is
    variable lanes_found : positive := (LANES + max(1, ENABLE_COUNT) - 1) / max(1, ENABLE_COUNT);
  begin
    if REGISTERED > 0 then
      lanes_found := max(1, chunk(LANES * OUT_BITS, MAX_FANOUT) / OUT_BITS);
    end if;
    return lanes_found;
  end function lanes_of_copy;

  constant COPY_LANES : positive := lanes_of_copy;
  constant COPIES     : positive := (LANES + COPY_LANES - 1) / COPY_LANES;

  signal counted : std_logic_vector(LANES * OUT_BITS - 1 downto 0);
  signal result  : std_logic_vector(LANES * OUT_BITS - 1 downto 0) := (others => '0');
  signal enables : std_logic_vector(0 to COPIES - 1);

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
      STEP       => STEP,
      REGISTERED => REGISTERED
    )
    port map (
      clk => clk,
      x   => x,
      y   => counted
    );

  copy : for c in enables'range generate
    signal own : std_logic;
  begin

    own <= enable when ENABLE_COUNT = 0 else
           enable_copies(copy_of(c, COPIES, max(1, ENABLE_COUNT)));

    at_once : if REGISTERED = 0 generate
      enables(c) <= own;
    end generate at_once;

    a_cycle_later : if REGISTERED > 0 generate
      registered_enable : entity work.bxnn_replica
        generic map (
          WIDTH => 1
        )
        port map (
          clk  => clk,
          rst  => '0',
          d(0) => own,
          q(0) => enables(c)
        );
    end generate a_cycle_later;

  end generate copy;

  lane : for i in 0 to LANES - 1 generate
    load : process (clk)
    begin
      if rising_edge(clk) then
        if enables(i / COPY_LANES) = '1' then
          result((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= counted((i + 1) * OUT_BITS - 1 downto i * OUT_BITS);
        end if;
      end if;
    end process load;
  end generate lane;

  y <= result;

end architecture rtl;
