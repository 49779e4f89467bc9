-- bxnn_phase_sequencer: counts the phases of an event; a delay chain passes the count on, one tap per DSP position.
--
-- Equation:  tap 0 of phase is p in cycle p of an event (p = 0 .. PHASES-1) and 0 when idle; tap k is tap 0
--            delayed by k cycles. tap_valid(k) is valid delayed by k; tap_valid(0) is valid itself. All copies are
--            equal.
-- Copies:    with VALID_COUNT > 0, valid_copies are equal to valid; each starts neighbouring chains.
-- Bits:      phase = | copy COPIES-1 | ... | copy 0 |, each | tap TAPS-1 | ... | tap 1 | tap 0 |, phase_bits(PHASES)
--            bits each; tap_valid = | copy COPIES-1 | ... | copy 0 |, TAPS bits each.
-- Latency:   0. The counter register already holds the phase of the current cycle: no path leads from valid
--            to phase.
-- II:        PHASES. Every valid restarts the count at phase 1, and an out-of-range count runs on to 0, so a
--            flipped bit disturbs the event it hits and at most phase 0 of the next one.
-- Cost:      0 DSP; for each copy phase_bits * TAPS flip-flops for the phases (none when PHASES = 1) and TAPS - 1
--            for the valids; about phase_bits LUTs. Unused taps disappear in synthesis. Copies consist of replicas: each
--            counts by itself, and its readers load no register of another copy, or of equal hardware beside it.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_phase_sequencer is
  generic (
    PHASES      : positive;      -- phases of an event
    TAPS        : positive;      -- taps of the delay chain
    COPIES      : positive := 1; -- equal chains
    VALID_COUNT : natural  := 0  -- copies of valid; 0: valid itself starts all chains
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    valid_copies : in  std_logic_vector(max(1, VALID_COUNT) - 1 downto 0) := (others => '0');
    phase        : out std_logic_vector(COPIES * TAPS * phase_bits(PHASES) - 1 downto 0);
    tap_valid    : out std_logic_vector(COPIES * TAPS - 1 downto 0)
  );
end entity bxnn_phase_sequencer;

architecture rtl of bxnn_phase_sequencer is

  constant PHASE_WIDTH : positive := phase_bits(PHASES);
  constant ROW         : positive := TAPS * PHASE_WIDTH;

  -- The phase of the next cycle. Not with "+", of which some tools make a carry chain however short it is.
  function following (now : std_logic_vector(PHASE_WIDTH - 1 downto 0); restart : std_logic) return std_logic_vector is
    variable found : std_logic_vector(PHASE_WIDTH - 1 downto 0);
    variable carry : std_logic := '1';
  begin
    for k in 0 to PHASE_WIDTH - 1 loop
      found(k) := now(k) xor carry;
      carry    := carry and now(k);
    end loop;
    if restart = '1' then
      return std_logic_vector(to_unsigned(1, PHASE_WIDTH));
    elsif unsigned(now) = 0 or unsigned(now) = PHASES - 1 then
      return std_logic_vector(to_unsigned(0, PHASE_WIDTH));
    end if;
    return found;
  end function following;

  signal phase_tap : std_logic_vector(COPIES * ROW - 1 downto 0);
  signal valid_tap : std_logic_vector(COPIES * TAPS - 1 downto 0);

begin

  copy : for c in 0 to COPIES - 1 generate
    constant FIRST_PHASE : natural := c * ROW;
    constant FIRST_VALID : natural := c * TAPS;
  begin

    valid_tap(FIRST_VALID) <= valid when VALID_COUNT = 0 else
                              valid_copies(copy_of(c, COPIES, max(1, VALID_COUNT)));

    counted : if PHASES > 1 generate
      signal now      : std_logic_vector(PHASE_WIDTH - 1 downto 0);
      signal upcoming : std_logic_vector(PHASE_WIDTH - 1 downto 0);
    begin

      at_once : if PHASES <= 32 or PHASES > 1024 generate
        upcoming <= following(now, valid_tap(FIRST_VALID));
      end generate at_once;

      by_pages : if PHASES > 32 and PHASES <= 1024 generate
        step : entity work.bxnn_phase_step
          generic map (
            PHASES => PHASES
          )
          port map (
            now      => now,
            restart  => valid_tap(FIRST_VALID),
            upcoming => upcoming
          );
      end generate by_pages;

      counter : entity work.bxnn_replica
        generic map (
          WIDTH => PHASE_WIDTH
        )
        port map (
          clk => clk,
          rst => rst,
          d   => upcoming,
          q   => now
        );

      phase_tap(FIRST_PHASE + PHASE_WIDTH - 1 downto FIRST_PHASE) <= now;

      phase_of_tap : for k in 1 to TAPS - 1 generate
        constant LOW : natural := FIRST_PHASE + k * PHASE_WIDTH;
      begin
        delayed : entity work.bxnn_replica
          generic map (
            WIDTH => PHASE_WIDTH
          )
          port map (
            clk => clk,
            rst => '0',
            d   => phase_tap(LOW - 1 downto LOW - PHASE_WIDTH),
            q   => phase_tap(LOW + PHASE_WIDTH - 1 downto LOW)
          );
      end generate phase_of_tap;

    end generate counted;

    uncounted : if PHASES = 1 generate
      phase_tap(FIRST_PHASE + ROW - 1 downto FIRST_PHASE) <= (others => '0');
    end generate uncounted;

    valid_of_tap : for k in 1 to TAPS - 1 generate
      delayed : entity work.bxnn_replica
        generic map (
          WIDTH => 1
        )
        port map (
          clk => clk,
          rst => rst,
          d   => valid_tap(FIRST_VALID + k - 1 downto FIRST_VALID + k - 1),
          q   => valid_tap(FIRST_VALID + k downto FIRST_VALID + k)
        );
    end generate valid_of_tap;

  end generate copy;

  phase     <= phase_tap;
  tap_valid <= valid_tap;

end architecture rtl;
