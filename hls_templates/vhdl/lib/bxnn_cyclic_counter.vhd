-- bxnn_cyclic_counter: counts round and round, and knows its end a step before.
--
-- Equation:  value is 0 with restart = '1', else one more than at the last step, 0 after COUNT - 1;
--            ends = '1' where value = COUNT - 1
-- Bits:      value is unsigned, phase_bits(COUNT) bits.
-- Time:      a cycle with step = '1' is a step; one with restart only sets the count back.
-- Latency:   0, and one LUT from restart.
-- II:        1
-- Cost:      0 DSP; phase_bits(COUNT) + 1 flip-flops and about as many LUTs, none when COUNT = 1.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_cyclic_counter is
  generic (
    COUNT : positive -- steps of a round
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    restart : in  std_logic;
    step    : in  std_logic;
    value   : out std_logic_vector(phase_bits(COUNT) - 1 downto 0);
    ends    : out std_logic
  );
end entity bxnn_cyclic_counter;

architecture rtl of bxnn_cyclic_counter is

  constant WIDTH : positive := phase_bits(COUNT);

  signal upcoming : unsigned(WIDTH - 1 downto 0) := (others => '0');
  signal at_end   : std_logic                    := '0';

begin

  several : if COUNT > 1 generate

    value <= (others => '0') when restart = '1' else
             std_logic_vector(upcoming);
    ends  <= at_end and not restart;

    advance : process (clk)
    begin
      if rising_edge(clk) then
        if restart = '1' then
          upcoming    <= (others => '0');
          upcoming(0) <= step;
          at_end      <= '0';
          if COUNT = 2 then
            at_end <= step;
          end if;
        elsif step = '1' then
          at_end <= '0';
          if at_end = '1' then
            upcoming <= (others => '0');
          else
            upcoming <= upcoming + 1;
            if upcoming = COUNT - 2 then
              at_end <= '1';
            end if;
          end if;
        end if;
        if rst = '1' then
          upcoming <= (others => '0');
          at_end   <= '0';
        end if;
      end if;
    end process advance;

  end generate several;

  single : if COUNT = 1 generate
    value <= (others => '0');
    ends  <= '1';
  end generate single;

end architecture rtl;
