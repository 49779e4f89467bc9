-- bxnn_replica: a register that holds the same bits as others, so that none of them has many loads.
--
-- Equation:  q(t + 1) = d(t), and 0 after a cycle with rst = '1'
-- Bits:      q and d carry WIDTH bits in the same order.
-- Latency:   1
-- II:        1
-- Cost:      0 DSP, 0 LUT, WIDTH flip-flops: no tool may merge them with equal ones.
--
-- It is an entity of its own because not every tool reads the attributes: where they are lost, as in GHDL's synthesis,
-- equal registers stay apart as long as this hierarchy does. keep and dont_touch are for Vivado, preserve and
-- dont_merge for Quartus.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_replica is
  generic (
    WIDTH : positive -- bits
  );
  port (
    clk : in  std_logic;
    rst : in  std_logic;
    d   : in  std_logic_vector(WIDTH - 1 downto 0);
    q   : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica;

architecture rtl of bxnn_replica is

  signal copy : std_logic_vector(WIDTH - 1 downto 0) := (others => '0');

  attribute keep               : string;
  attribute dont_touch         : string;
  attribute preserve           : boolean;
  attribute dont_merge         : boolean;
  attribute keep of copy       : signal is "true";
  attribute dont_touch of copy : signal is "true";
  attribute preserve of copy   : signal is true;
  attribute dont_merge of copy : signal is true;

begin

  hold : process (clk)
  begin
    if rising_edge(clk) then
      copy <= d;
      if rst = '1' then
        copy <= (others => '0');
      end if;
    end if;
  end process hold;

  q <= copy;

end architecture rtl;
