-- bxnn_frame_sequencer: counts the beats of a frame and tells each segment of a streaming network when to begin.
--
-- Equation:  beat b of a frame is the b-th cycle with valid = '1' after the one with first = '1', which is beat 0.
--            start(s) is high with beat STARTS(s) if that is a beat (below BEATS), else
--            STARTS(s) - (BEATS - 1) cycles after the last beat, so gaps delay it along with the beats.
-- Bits:      start(s) belongs to entry s of STARTS.
-- Time:      accepted is high in the cycle of a beat that belongs to a frame; beats before the first `first` are
--            ignored. restart is high with a `first` that arrives before the frame is complete: that frame is lost.
-- Latency:   0
-- II:        BEATS; frames may follow each other without a gap. The next frame recovers from a flipped bit.
-- Cost:      0 DSP; a counter of ceil(log2 BEATS) bits, a comparison per segment, and a flip-flop for each cycle by
--            which the latest start follows the last beat.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_frame_sequencer is
  generic (
    BEATS  : positive;      -- beats in a frame
    STARTS : integer_vector -- cycle in which each segment starts
  );
  port (
    clk      : in  std_logic;
    rst      : in  std_logic;
    valid    : in  std_logic;
    first    : in  std_logic;
    accepted : out std_logic;
    restart  : out std_logic;
    last     : out std_logic;
    start    : out std_logic_vector(STARTS'length - 1 downto 0)
  );
end entity bxnn_frame_sequencer;

architecture rtl of bxnn_frame_sequencer is

  constant COUNT_WIDTH : positive := phase_bits(BEATS);

  constant START_CYCLES : integer_vector(0 to STARTS'length - 1) := STARTS;

  function all_natural return boolean is
    variable checked : boolean := true;
  begin
    for s in START_CYCLES'range loop
      checked := require(START_CYCLES(s) >= 0,
        "bxnn_frame_sequencer: STARTS(" & integer'image(s) & ") is " & integer'image(START_CYCLES(s))
        & ": must not be negative");
    end loop;
    return checked;
  end function all_natural;

  constant CHECKED : boolean := all_natural;

  -- Cycles from the last beat to the latest start.
  function longest_wait return natural is
    variable longest : natural := 0;
  begin
    for s in START_CYCLES'range loop
      longest := max(longest, START_CYCLES(s) - (BEATS - 1));
    end loop;
    return longest;
  end function longest_wait;

  constant WAIT_CYCLES : positive := max(1, longest_wait);

  -- Number of the next beat; 0 between frames.
  signal count  : unsigned(COUNT_WIDTH - 1 downto 0) := (others => '0');
  signal behind : std_logic_vector(0 to WAIT_CYCLES) := (others => '0');
  signal taken  : std_logic;
  signal number : unsigned(COUNT_WIDTH - 1 downto 0);
  signal ending : std_logic;

begin

  taken    <= '1' when valid = '1' and (first = '1' or count /= 0) else
              '0';
  number   <= (others => '0') when first = '1' else
              count;
  ending   <= '1' when taken = '1' and number = BEATS - 1 else
              '0';
  accepted <= taken;
  last     <= ending;
  restart  <= '1' when valid = '1' and first = '1' and count /= 0 else
              '0';

  counter : process (clk)
  begin
    if rising_edge(clk) then
      if taken = '1' then
        if number = BEATS - 1 then
          count <= (others => '0');
        else
          count <= number + 1;
        end if;
      end if;
      if rst = '1' then
        count <= (others => '0');
      end if;
    end if;
  end process counter;

  behind(0) <= ending;

  wait_line : process (clk)
  begin
    if rising_edge(clk) then
      behind(1 to WAIT_CYCLES) <= behind(0 to WAIT_CYCLES - 1);
      if rst = '1' then
        behind(1 to WAIT_CYCLES) <= (others => '0');
      end if;
    end if;
  end process wait_line;

  stage : for s in START_CYCLES'range generate

    with_beat : if START_CYCLES(s) < BEATS generate
      start(s) <= '1' when taken = '1' and number = START_CYCLES(s) else
                  '0';
    end generate with_beat;

    behind_frame : if START_CYCLES(s) >= BEATS generate
      start(s) <= behind(START_CYCLES(s) - (BEATS - 1));
    end generate behind_frame;

  end generate stage;

end architecture rtl;
