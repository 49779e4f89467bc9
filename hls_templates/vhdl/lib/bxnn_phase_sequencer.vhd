-- bxnn_phase_sequencer: counts the phases of an event; a delay chain passes the count on, one tap per DSP position.
--
-- Equation:  tap 0 of phase is p in cycle p of an event (p = 0 .. PHASES-1) and 0 when idle; tap k is tap 0
--            delayed by k cycles. tap_valid(k) is valid delayed by k; tap_valid(0) is valid itself.
-- Bits:      phase = | tap TAPS-1 | ... | tap 1 | tap 0 |, phase_bits(PHASES) bits each.
-- Latency:   0. The counter register already holds the phase of the current cycle: no path leads from valid
--            to phase.
-- II:        PHASES. Every valid restarts the count at phase 1, and an out-of-range count returns to 0, so a
--            flipped bit disturbs the event it hits and at most phase 0 of the next one.
-- Cost:      0 DSP; phase_bits * TAPS flip-flops for the phases (none when PHASES = 1), TAPS - 1 for the
--            valids, about phase_bits LUTs. Unused taps disappear in synthesis.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_phase_sequencer is
  generic (
    PHASES : positive; -- phases of an event
    TAPS   : positive  -- taps of the delay chain
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    valid     : in  std_logic;
    phase     : out std_logic_vector(TAPS * phase_bits(PHASES) - 1 downto 0);
    tap_valid : out std_logic_vector(TAPS - 1 downto 0)
  );
end entity bxnn_phase_sequencer;

architecture rtl of bxnn_phase_sequencer is

  constant PHASE_WIDTH : positive := phase_bits(PHASES);

  signal count     : unsigned(PHASE_WIDTH - 1 downto 0)                := (others => '0');
  signal phase_tap : std_logic_vector(TAPS * PHASE_WIDTH - 1 downto 0) := (others => '0');
  signal valid_tap : std_logic_vector(TAPS - 1 downto 0)               := (others => '0');

begin

  several : if PHASES > 1 generate
    counter : process (clk)
    begin
      if rising_edge(clk) then
        if valid = '1' then
          count <= to_unsigned(1, PHASE_WIDTH);
        elsif count = 0 or count >= PHASES - 1 then
          count <= (others => '0');
        else
          count <= count + 1;
        end if;
        if rst = '1' then
          count <= (others => '0');
        end if;
      end if;
    end process counter;
  end generate several;

  phase_tap(PHASE_WIDTH - 1 downto 0) <= std_logic_vector(count);
  valid_tap(0)                        <= valid;

  chain : if TAPS > 1 generate
    shift : process (clk)
    begin
      if rising_edge(clk) then
        phase_tap(phase_tap'high downto PHASE_WIDTH) <= phase_tap(phase_tap'high - PHASE_WIDTH downto 0);
        valid_tap(TAPS - 1 downto 1)                 <= valid_tap(TAPS - 2 downto 0);
        if rst = '1' then
          valid_tap(TAPS - 1 downto 1) <= (others => '0');
        end if;
      end if;
    end process shift;
  end generate chain;

  phase     <= phase_tap;
  tap_valid <= valid_tap;

end architecture rtl;
