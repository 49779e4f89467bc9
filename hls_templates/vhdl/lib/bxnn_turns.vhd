-- bxnn_turns: an event for one core, TURNS times: the members of an ensemble take turns.
--
-- Equation:  y is x of the last cycle with valid, from the cycle after it on; y_valid is high, and turn is t, in cycle
--            1 + t * SPACING of an event, t = 0 to TURNS-1
--
--            valid     1                                   TURNS = 3, SPACING = 2
--            y_valid       1       1       1
--            turn          0   ?   1   ?   2   ?
--            cycle     0   1   2   3   4   5   6
--
-- Bits:      turn is unsigned, ceil_log2(TURNS) bits.
-- Latency:   1
-- II:        TURNS * SPACING. A valid that comes earlier ends the event before it.
-- Cost:      0 DSP; WIDTH flip-flops, and two counters with one of valid.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_turns is
  generic (
    TURNS   : positive; -- members, at least 2
    SPACING : positive; -- cycles from a turn to the next
    WIDTH   : positive  -- bits of an event
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(WIDTH - 1 downto 0);
    y_valid : out std_logic;
    turn    : out std_logic_vector(ceil_log2(TURNS) - 1 downto 0);
    y       : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_turns;

architecture rtl of bxnn_turns is

  constant FINAL_TURN : unsigned(turn'range) := to_unsigned(TURNS - 1, turn'length);

  signal number : unsigned(turn'range)                 := FINAL_TURN;
  signal waited : natural range 0 to SPACING - 1       := 0;
  signal starts : std_logic                            := '0';
  signal kept   : std_logic_vector(WIDTH - 1 downto 0) := (others => '0');

begin

  keep : process (clk)
  begin
    if rising_edge(clk) then
      if valid = '1' then
        kept <= x;
      end if;
    end if;
  end process keep;

  count : process (clk)
  begin
    if rising_edge(clk) then
      starts <= '0';
      if valid = '1' then
        starts <= '1';
        number <= (others => '0');
        waited <= 0;
      elsif waited /= SPACING - 1 then
        waited <= waited + 1;
      elsif number /= FINAL_TURN then
        starts <= '1';
        number <= number + 1;
        waited <= 0;
      end if;
      if rst = '1' then
        starts <= '0';
        number <= FINAL_TURN;
      end if;
    end if;
  end process count;

  y_valid <= starts;
  turn    <= std_logic_vector(number);
  y       <= kept;

end architecture rtl;
