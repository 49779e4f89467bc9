-- bxnn_latency_padding: delays the results of a network to a latency that was asked for.
--
-- Equation:  y_valid(t) = valid(t - CYCLES), but 0 for events from before a reset; y(t) = x(t - CYCLES) when y_valid
--            is high.
-- Bits:      y and x carry WIDTH bits in the same order.
-- Latency:   CYCLES
-- II:        SPACING: a register keeps a result until the next one, and only the rest needs a delay line.
-- Cost:      0 DSP; CYCLES flip-flops for valid, WIDTH for the register unless HELD, and a delay line of
--            CYCLES - SPACING cycles if that is positive. keep_hierarchy is for Vivado: bits of a result that are equal,
--            such as a sign and its extension, stay apart, so that this is exact.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_latency_padding is
  generic (
    WIDTH   : positive; -- bits of a result
    CYCLES  : positive; -- cycles of delay
    SPACING : positive; -- minimum distance of valids
    HELD    : boolean   -- whether x stays until y is read: CYCLES is less than SPACING then
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(WIDTH - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_latency_padding;

architecture rtl of bxnn_latency_padding is

  attribute keep_hierarchy        : string;
  attribute keep_hierarchy of rtl : architecture is "yes";

begin

  valids : entity work.bxnn_valid_delay
    generic map (
      CYCLES => CYCLES
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => valid,
      y_valid => y_valid
    );

  wire : if HELD generate
    y <= x;
  end generate wire;

  keep : if not HELD generate
    signal kept : std_logic_vector(WIDTH - 1 downto 0) := (others => '0');
  begin
    load : process (clk)
    begin
      if rising_edge(clk) then
        if valid = '1' then
          kept <= x;
        end if;
      end if;
    end process load;

    rest : entity work.bxnn_delay_line
      generic map (
        WIDTH  => WIDTH,
        CYCLES => maximum(CYCLES - SPACING, 0)
      )
      port map (
        clk => clk,
        x   => kept,
        y   => y
      );
  end generate keep;

end architecture rtl;
