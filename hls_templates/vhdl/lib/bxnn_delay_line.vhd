-- bxnn_delay_line: delays a word by CYCLES cycles.
--
-- Equation:  y(t) = x(t - CYCLES)
-- Bits:      y and x carry WIDTH bits in the same order.
-- Latency:   CYCLES (0 is a wire).
-- II:        1
-- Cost:      0 DSP. Data is not reset, so synthesis may use shift-register LUTs: WIDTH * ceil(CYCLES / 32)
--            SRLs, or WIDTH * CYCLES flip-flops for very short lines.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_delay_line is
  generic (
    WIDTH  : positive; -- bits of the word
    CYCLES : natural   -- cycles of delay
  );
  port (
    clk : in  std_logic;
    x   : in  std_logic_vector(WIDTH - 1 downto 0);
    y   : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_delay_line;

architecture rtl of bxnn_delay_line is

begin

  wire : if CYCLES = 0 generate
    y <= x;
  end generate wire;

  line : if CYCLES > 0 generate
    type word_array is array (0 to CYCLES) of std_logic_vector(WIDTH - 1 downto 0);
    signal stage : word_array; -- the word by the cycles that it is late
  begin
    stage(0) <= x;

    -- A register per cycle: where synthesis looks for the registers of DSP slices, its time grows with the square of the
    -- bits of a register.
    each_cycle : for n in 1 to CYCLES generate
      signal held : std_logic_vector(WIDTH - 1 downto 0) := (others => '0');
    begin

      shift : process (clk)
      begin
        if rising_edge(clk) then
          held <= stage(n - 1);
        end if;
      end process shift;

      stage(n) <= held;

    end generate each_cycle;

    y <= stage(CYCLES);
  end generate line;

end architecture rtl;
