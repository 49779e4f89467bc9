-- bxnn_tile_sequencer: replays the reads of one segment of a streaming network, in step with the beats of its frame.
--
-- Equation:  tick t of a frame is the t-th cycle after start, where each of the first ARRIVING ticks waits for a beat;
--            read(t) = READS(t), complete(t) = COMPLETES(t), for t = 0 .. TICKS - 1
-- Bits:      READS = | tick TICKS-1 | ... | tick 0 |, one bit each; COMPLETES likewise: the read that completes a tile.
-- Time:      start is tick 0 and arrives with its beat. If the frame is lost (restart), a sequence that still waits
--            for beats ends; any other sequence belongs to a complete frame and continues.
-- Latency:   0
-- II:        TICKS
-- Cost:      0 DSP; a counter of ceil(log2 TICKS) bits and two ROMs of TICKS bits (a LUT6 per 64 bits).
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
    read     : out std_logic;
    complete : out std_logic
  );
end entity bxnn_tile_sequencer;

architecture rtl of bxnn_tile_sequencer is

  constant CHECKED : boolean := require(READS'length = TICKS and COMPLETES'length = TICKS,
    "bxnn_tile_sequencer: READS has " & integer'image(READS'length) & " bits, COMPLETES " & integer'image(COMPLETES'length)
    & ", TICKS is " & integer'image(TICKS));

  constant COUNT_WIDTH   : positive                                        := phase_bits(TICKS);
  constant READ_BITS     : std_logic_vector(2 ** COUNT_WIDTH - 1 downto 0) := (2 ** COUNT_WIDTH - 1 downto TICKS => '0') & READS;
  constant COMPLETE_BITS : std_logic_vector(2 ** COUNT_WIDTH - 1 downto 0) := (2 ** COUNT_WIDTH - 1 downto TICKS => '0') & COMPLETES;

  -- Number of the next tick; 0 when idle.
  signal count   : unsigned(COUNT_WIDTH - 1 downto 0) := (others => '0');
  signal running : std_logic;
  signal waits   : std_logic;
  signal tick    : std_logic;

begin

  running <= '1' when count /= 0 else
             '0';
  -- (Comparing with a number that COUNT_WIDTH bits cannot hold is not portable.)
  waits <= '1' when ARRIVING >= TICKS or count < ARRIVING mod 2 ** COUNT_WIDTH else
           '0';
  tick  <= '1' when running = '1' and (waits = '0' or (beat = '1' and restart = '0')) else
           '0';

  read     <= (start and READ_BITS(0)) or (tick and READ_BITS(to_integer(count)));
  complete <= (start and COMPLETE_BITS(0)) or (tick and COMPLETE_BITS(to_integer(count)));

  counter : process (clk)
  begin
    if rising_edge(clk) then
      if start = '1' then
        if TICKS > 1 then
          count <= to_unsigned(1, COUNT_WIDTH);
        end if;
      elsif tick = '1' then
        if count >= TICKS - 1 then
          count <= (others => '0');
        else
          count <= count + 1;
        end if;
      elsif restart = '1' and waits = '1' then
        count <= (others => '0');
      end if;
      if rst = '1' then
        count <= (others => '0');
      end if;
    end if;
  end process counter;

end architecture rtl;
