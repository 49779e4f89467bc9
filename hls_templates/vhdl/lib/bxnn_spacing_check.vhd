-- bxnn_spacing_check: reports an event that arrives before the hardware is free for it.
--
-- Equation:  too_close(t + 1) = start(t) and last was '1' in one of the cycles t - CYCLES + 1 .. t - 1.
--            For single events, start and last are both the valid; for frames, they are the first and last beat.
-- Latency:   1; in simulation, a report of severity error says the same
-- II:        1
-- Cost:      0 DSP; a counter of ceil(log2 CYCLES) bits and a flip-flop; nothing if too_close is left open.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_spacing_check is
  generic (
    CYCLES : positive -- minimum distance of a start from the preceding last
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    start     : in  std_logic;
    last      : in  std_logic;
    too_close : out std_logic
  );
end entity bxnn_spacing_check;

architecture rtl of bxnn_spacing_check is

  signal busy  : natural range 0 to CYCLES - 1 := 0;
  signal found : std_logic                     := '0';

begin

  count : process (clk)
  begin
    if rising_edge(clk) then
      found <= '0';
      if rst = '0' and start = '1' and busy /= 0 then
        found <= '1';
        report "an event arrives " & integer'image(busy) & " cycles too early: its outputs are wrong"
          severity error;
      end if;
      if last = '1' then
        busy <= CYCLES - 1;
      elsif busy /= 0 then
        busy <= busy - 1;
      end if;
      if rst = '1' then
        busy <= 0;
      end if;
    end if;
  end process count;

  too_close <= found;

end architecture rtl;
