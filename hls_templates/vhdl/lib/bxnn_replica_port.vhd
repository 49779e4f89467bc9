-- bxnn_replica_port: the register of a port, which does nothing else.
--
-- Equation:  y_valid(t + 1) = valid(t), and 0 after a cycle with rst = '1'; y(t + 1) = x(t)
-- Bits:      y and x carry WIDTH bits in the same order.
-- Latency:   1
-- II:        1
-- Cost:      0 DSP, 0 LUT, WIDTH + 1 flip-flops: no tool may merge them with equal ones, make a shift register
--            of them or move them into a DSP slice, nor remove those of bits that nothing reads.
--
-- Attributes as in bxnn_replica.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_replica_port is
  generic (
    WIDTH : positive -- bits
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(WIDTH - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica_port;

architecture rtl of bxnn_replica_port is

  signal kept : std_logic_vector(WIDTH downto 0) := (others => '0'); -- valid above the data

  attribute keep               : string;
  attribute dont_touch         : string;
  attribute preserve           : boolean;
  attribute dont_merge         : boolean;
  attribute keep of kept       : signal is "true";
  attribute dont_touch of kept : signal is "true";
  attribute preserve of kept   : signal is true;
  attribute dont_merge of kept : signal is true;

begin

  hold : process (clk)
  begin
    if rising_edge(clk) then
      kept <= valid & x;
      if rst = '1' then
        kept(WIDTH) <= '0';
      end if;
    end if;
  end process hold;

  y       <= kept(WIDTH - 1 downto 0);
  y_valid <= kept(WIDTH);

end architecture rtl;
