-- bxnn_held_check: in simulation, says when the data of an event does not stay for as long as it was promised.
--
-- Equation:  an error where x(t) differs from x(t - 1), and valid was '1' in one of the cycles t - CYCLES + 1 .. t - 1,
--            but not in cycle t
-- Bits:      x is the data of the event, WIDTH bits.
-- Latency:   none: it has no output
-- II:        1
-- Cost:      nothing: synthesis removes it.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_held_check is
  generic (
    CYCLES : positive; -- cycles in which the data of an event stays
    WIDTH  : positive  -- bits of the data
  );
  port (
    clk   : in std_logic;
    rst   : in std_logic;
    valid : in std_logic;
    x     : in std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_held_check;

architecture rtl of bxnn_held_check is

  signal earlier : std_logic_vector(WIDTH - 1 downto 0) := (others => '0');
  signal left    : natural range 0 to CYCLES - 1        := 0;

begin

  watch : process (clk)
  begin
    if rising_edge(clk) then
      earlier <= x;
      if rst = '0' and valid = '0' and left /= 0 and x /= earlier then
        report "the data of an event changes " & integer'image(left) & " cycles too early: its outputs are wrong"
          severity error;
      end if;
      if valid = '1' then
        left <= CYCLES - 1;
      elsif left /= 0 then
        left <= left - 1;
      end if;
      if rst = '1' then
        left <= 0;
      end if;
    end if;
  end process watch;

end architecture rtl;
