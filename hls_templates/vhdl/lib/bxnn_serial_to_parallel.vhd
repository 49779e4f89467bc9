-- bxnn_serial_to_parallel: collects the phases of an event and presents all elements at once.
--
-- Equation:  element p * LANES + l of y is what lane l of x carried in cycle p of the event.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, BITS each;
--            y = | phase PHASES-1, lane LANES-1 | ... | phase 0, lane 0 |
-- Latency:   PHASES: y and the y_valid pulse are visible in cycle PHASES, y until the next event is complete.
-- II:        PHASES. The next event's first phases may arrive while this one is held: they wait in shift
--            registers.
-- Cost:      0 DSP, 0 LUT; (2 * PHASES - 1) * LANES * BITS flip-flops for data and PHASES for valid.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_serial_to_parallel is
  generic (
    LANES  : positive; -- elements that arrive in one cycle
    PHASES : positive; -- cycles over which an event arrives
    BITS   : positive  -- bits of an element
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(LANES * BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(PHASES * LANES * BITS - 1 downto 0)
  );
end entity bxnn_serial_to_parallel;

architecture rtl of bxnn_serial_to_parallel is

  constant ROW : positive := LANES * BITS;

  signal last_phase : std_logic;
  signal collected  : std_logic_vector(PHASES * ROW - 1 downto 0);
  signal result     : std_logic_vector(PHASES * ROW - 1 downto 0) := (others => '0');

begin

  to_last_phase : entity work.bxnn_valid_delay
    generic map (
      CYCLES => PHASES - 1
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => valid,
      y_valid => last_phase
    );

  to_result : entity work.bxnn_valid_delay
    generic map (
      CYCLES => 1
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => last_phase,
      y_valid => y_valid
    );

  -- The current phase enters at the top; PHASES-1 earlier ones are below it.
  collected(PHASES * ROW - 1 downto (PHASES - 1) * ROW) <= x;

  several : if PHASES > 1 generate
    signal history : std_logic_vector((PHASES - 1) * ROW - 1 downto 0) := (others => '0');
  begin
    shift : process (clk)
    begin
      if rising_edge(clk) then
        history <= collected(PHASES * ROW - 1 downto ROW);
      end if;
    end process shift;
    collected((PHASES - 1) * ROW - 1 downto 0) <= history;
  end generate several;

  load : process (clk)
  begin
    if rising_edge(clk) then
      if last_phase = '1' then
        result <= collected;
      end if;
    end if;
  end process load;

  y <= result;

end architecture rtl;
