-- bxnn_reset_adapter: makes the synchronous, active-high reset of a network from another kind of reset.
--
-- Equation:  rst is high while reset is active (low if ACTIVE_LOW). If ASYNCHRONOUS, it rises at once and falls with
--            the second rising edge that finds reset inactive.
-- Latency:   0; if ASYNCHRONOUS, 2 cycles from the end of reset to that of rst, and reset must last for an edge.
-- II:        1
-- Cost:      0 DSP; an inverter if ACTIVE_LOW, 2 flip-flops if ASYNCHRONOUS.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_reset_adapter is
  generic (
    ACTIVE_LOW   : boolean; -- whether reset is active at '0'
    ASYNCHRONOUS : boolean  -- whether reset comes without the clock
  );
  port (
    clk   : in  std_logic;
    reset : in  std_logic;
    rst   : out std_logic
  );
end entity bxnn_reset_adapter;

architecture rtl of bxnn_reset_adapter is

  signal active : std_logic;

begin

  inverted : if ACTIVE_LOW generate
    active <= not reset;
  end generate inverted;

  same : if not ACTIVE_LOW generate
    active <= reset;
  end generate same;

  synchronous : if not ASYNCHRONOUS generate
    rst <= active;
  end generate synchronous;

  synchronized : if ASYNCHRONOUS generate
    signal stage : std_logic_vector(1 to 2) := (others => '1');

    attribute async_reg : string;
    attribute async_reg of stage : signal is "true";
  begin
    ending : process (clk, active)
    begin
      if active = '1' then
        stage <= (others => '1');
      elsif rising_edge(clk) then
        stage <= '0' & stage(1);
      end if;
    end process ending;
    rst <= stage(2);
  end generate synchronized;

end architecture rtl;
