-- bxnn_tile_sequencer: replays the reads of one segment of a streaming network, in step with the beats of its frame.
--
-- Equation:  tick t of a frame is the t-th cycle after start, where each of the first ARRIVING ticks waits for a beat;
--            a cycle later read = READS(t), complete = COMPLETES(t), for t = 0 .. TICKS - 1
-- Bits:      READS = | tick TICKS-1 | ... | tick 0 |, one bit each; COMPLETES likewise: the read that completes a tile.
-- Time:      start is tick 0 and arrives with its beat; first is high with what that tick says. If the frame is lost
--            (restart), a sequence that still waits for beats ends; any other sequence belongs to a complete frame
--            and continues.
-- Latency:   1: all outputs are registers. What the next tick does has been looked up a tick before.
-- II:        TICKS
-- Cost:      0 DSP; a counter of ceil(log2 TICKS) bits, seven flip-flops, and two ROMs of TICKS bits: a LUT6 per 64
--            bits and, if there are several, a flip-flop for each.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_tile_sequencer is
  generic (
    TICKS     : positive;         -- cycles in a sequence
    ARRIVING  : natural;          -- number of first ticks that each wait for a beat
    READS     : std_logic_vector; -- a bit per tick
    COMPLETES : std_logic_vector  -- a bit per tick
  );
  port (
    clk      : in  std_logic;
    rst      : in  std_logic;
    start    : in  std_logic;
    beat     : in  std_logic;
    restart  : in  std_logic;
    first    : out std_logic;
    read     : out std_logic;
    complete : out std_logic
  );
end entity bxnn_tile_sequencer;

architecture rtl of bxnn_tile_sequencer is

  constant CHECKED : boolean := require(READS'length = TICKS and COMPLETES'length = TICKS,
    "bxnn_tile_sequencer: READS has " & integer'image(READS'length) & " bits, COMPLETES " & integer'image(COMPLETES'length)
    & ", TICKS is " & integer'image(TICKS));

  constant COUNT_WIDTH : positive := phase_bits(TICKS);

  constant READ_BITS     : std_logic_vector(TICKS - 1 downto 0) := READS;
  constant COMPLETE_BITS : std_logic_vector(TICKS - 1 downto 0) := COMPLETES;

  -- The last tick that waits for a beat, where not all do: the one after an earlier tick waits.
  constant LAST_ARRIVING : natural := max(1, minimum(ARRIVING, TICKS)) - 1;

  -- Number of the next tick, and what is known of it.
  signal count         : unsigned(COUNT_WIDTH - 1 downto 0) := (others => '0');
  signal running       : std_logic                          := '0';
  signal waits         : std_logic                          := '0';
  signal will_read     : std_logic;
  signal will_complete : std_logic;
  signal tick          : std_logic;
  signal present       : unsigned(COUNT_WIDTH - 1 downto 0);

  -- A cycle later.
  signal opens : std_logic := '0';
  signal takes : std_logic := '0';
  signal ends  : std_logic := '0';

begin

  tick    <= running and (not waits or (beat and not restart));
  present <= (others => '0') when start = '1' else
             count;

  next_read : entity work.bxnn_bit_sequence
    generic map (
      STEPS => TICKS,
      BITS  => READS
    )
    port map (
      clk     => clk,
      restart => start,
      step    => tick,
      number  => std_logic_vector(count),
      ahead   => will_read
    );

  next_complete : entity work.bxnn_bit_sequence
    generic map (
      STEPS => TICKS,
      BITS  => COMPLETES
    )
    port map (
      clk     => clk,
      restart => start,
      step    => tick,
      number  => std_logic_vector(count),
      ahead   => will_complete
    );

  counter : process (clk)
  begin
    if rising_edge(clk) then
      if start = '1' or tick = '1' then
        count <= present + 1;
        -- (A comparison with a number that COUNT_WIDTH bits cannot hold is not portable.)
        if present >= TICKS - 1 then
          running <= '0';
        else
          running <= '1';
        end if;
        if ARRIVING >= TICKS or present < LAST_ARRIVING then
          waits <= '1';
        else
          waits <= '0';
        end if;
      end if;
      -- (Not an alternative of the condition above: its clock enable would have another LUT.)
      if rst = '1' or (restart = '1' and waits = '1' and start = '0') then
        running <= '0';
      end if;
    end if;
  end process counter;

  registers : process (clk)
  begin
    if rising_edge(clk) then
      opens <= start;
      takes <= (start and READ_BITS(0)) or (tick and will_read);
      ends  <= (start and COMPLETE_BITS(0)) or (tick and will_complete);
      if rst = '1' then
        opens <= '0';
        takes <= '0';
        ends  <= '0';
      end if;
    end if;
  end process registers;

  first    <= opens;
  read     <= takes;
  complete <= ends;

end architecture rtl;
