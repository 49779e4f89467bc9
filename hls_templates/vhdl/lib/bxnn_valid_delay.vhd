-- bxnn_valid_delay: delays an event's valid pulse by CYCLES cycles.
--
-- Equation:  y_valid(t) = valid(t - CYCLES), but 0 for events from before a reset.
-- Latency:   CYCLES (0 is a wire).
-- II:        1
-- Cost:      0 DSP, CYCLES flip-flops (all of them reset, so no shift-register LUTs).
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_valid_delay is
  generic (
    CYCLES : natural -- cycles of delay
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    y_valid : out std_logic
  );
end entity bxnn_valid_delay;

architecture rtl of bxnn_valid_delay is

begin

  wire : if CYCLES = 0 generate
    y_valid <= valid;
  end generate wire;

  line : if CYCLES > 0 generate
    signal stage : std_logic_vector(1 to CYCLES) := (others => '0');
  begin
    shift : process (clk)
    begin
      if rising_edge(clk) then
        stage(1) <= valid;
        for i in 2 to CYCLES loop
          stage(i) <= stage(i - 1);
        end loop;
        if rst = '1' then
          stage <= (others => '0');
        end if;
      end if;
    end process shift;
    y_valid <= stage(CYCLES);
  end generate line;

end architecture rtl;
