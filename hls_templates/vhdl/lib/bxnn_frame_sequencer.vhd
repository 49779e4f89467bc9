-- bxnn_frame_sequencer: counts the beats of a frame and tells each segment of a streaming network when to begin.
--
-- Equation:  beat b of a frame is the b-th cycle with valid = '1' since the one with first = '1', which is beat 0.
--            A cycle later start(s) is high with beat STARTS(s) where that is a beat (below BEATS), else
--            STARTS(s) - (BEATS - 1) cycles after the last beat: a gap before it delays the start with it.
-- Bits:      start(s) belongs to entry s of STARTS.
-- Time:      accepted is high for a beat that belongs to a frame; beats before the first `first` are ignored. begins is
--            high for beat 0, last for the last beat, restart for a `first` that arrives before the frame is
--            complete: that frame is lost.
-- Latency:   1: all outputs are registers. What the next beat is has been compared a beat before.
-- II:        BEATS; frames may follow each other without a gap. The next frame recovers from a flipped bit.
-- Cost:      0 DSP; a counter of ceil(log2 BEATS) bits, a comparison and two flip-flops per segment that starts with a
--            beat, one for the last beat, and a flip-flop for each cycle by
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
    begins   : out std_logic;
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

  -- Whether the beat after this one has that number, this one being the first or number `now`.
  function is_next (wanted : natural; first_beat : std_logic; now : unsigned) return std_logic is
  begin
    if (first_beat = '1' and wanted = 1) or (first_beat = '0' and wanted > 1 and now = wanted - 1) then
      return '1';
    end if;
    return '0';
  end function is_next;

  -- Number of the next beat, and what is known of it.
  signal count   : unsigned(COUNT_WIDTH - 1 downto 0)   := (others => '0');
  signal running : std_logic                            := '0';
  signal at_last : std_logic                            := '0';
  signal comes   : std_logic_vector(START_CYCLES'range) := (others => '0');
  signal taken   : std_logic;
  signal ending  : std_logic;
  -- A cycle later; the waiting starts count the cycles since the last beat.
  signal accepts   : std_logic                            := '0';
  signal opens     : std_logic                            := '0';
  signal restarts  : std_logic                            := '0';
  signal behind    : std_logic_vector(0 to WAIT_CYCLES)   := (others => '0');
  signal with_beat : std_logic_vector(START_CYCLES'range) := (others => '0');

begin

  taken  <= valid and (first or running);
  ending <= taken and at_last when first = '0' else
            taken when BEATS = 1 else
            '0';

  counter : process (clk)
  begin
    if rising_edge(clk) then
      if taken = '1' then
        running <= not ending;
        at_last <= is_next(BEATS - 1, first, count);
        for s in START_CYCLES'range loop
          comes(s) <= is_next(START_CYCLES(s), first, count);
        end loop;
        if first = '1' then
          count <= to_unsigned(1 mod 2 ** COUNT_WIDTH, COUNT_WIDTH);
        else
          count <= count + 1;
        end if;
      end if;
      if rst = '1' then
        running <= '0';
      end if;
    end if;
  end process counter;

  registers : process (clk)
  begin
    if rising_edge(clk) then
      accepts  <= taken;
      opens    <= valid and first;
      restarts <= valid and first and running;
      behind   <= ending & behind(0 to WAIT_CYCLES - 1);
      for s in START_CYCLES'range loop
        if START_CYCLES(s) = 0 then
          with_beat(s) <= valid and first;
        else
          with_beat(s) <= taken and comes(s) and not first;
        end if;
      end loop;
      if rst = '1' then
        accepts   <= '0';
        opens     <= '0';
        restarts  <= '0';
        behind    <= (others => '0');
        with_beat <= (others => '0');
      end if;
    end if;
  end process registers;

  accepted <= accepts;
  begins   <= opens;
  restart  <= restarts;
  last     <= behind(0);

  stage : for s in START_CYCLES'range generate

    in_frame : if START_CYCLES(s) < BEATS generate
      start(s) <= with_beat(s);
    end generate in_frame;

    behind_frame : if START_CYCLES(s) >= BEATS generate
      start(s) <= behind(START_CYCLES(s) - (BEATS - 1));
    end generate behind_frame;

  end generate stage;

end architecture rtl;
