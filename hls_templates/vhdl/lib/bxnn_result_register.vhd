-- bxnn_result_register: the register that holds the results of a layer.
--
-- Equation:  y loads x when enable is high and holds otherwise, so a parallel result stays for its event.
-- Latency:   1
-- II:        1
-- Cost:      0 DSP, BITS flip-flops.
--
-- The logic before it is long. If synthesis put the register into the DSP slice that reads it, the path through that
-- logic would end at the slice, after the wires to it. So it is a separate entity that synthesis keeps intact until
-- slices are packed, and vendors' tools are told not to absorb it.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_result_register is
  generic (
    BITS : positive -- bits of all results
  );
  port (
    clk    : in  std_logic;
    enable : in  std_logic;
    x      : in  std_logic_vector(BITS - 1 downto 0);
    y      : out std_logic_vector(BITS - 1 downto 0)
  );
end entity bxnn_result_register;

architecture rtl of bxnn_result_register is

  signal result : std_logic_vector(BITS - 1 downto 0) := (others => '0');

  attribute keep           : string;
  attribute keep of result : signal is "true";

begin

  load : process (clk)
  begin
    if rising_edge(clk) then
      if enable = '1' then
        result <= x;
      end if;
    end if;
  end process load;

  y <= result;

end architecture rtl;
