-- bxnn_ipbus: an IPbus slave in front of the registers of bxnn_weight_load.
--
-- Addresses: words; the lowest three bits of ipb_addr select the register, the others are for the bus fabric.
-- Latency:   ack comes a cycle after strobe, for a write as soon as the registers are ready
-- II:        2
-- Cost:      0 DSP, 33 flip-flops, 3 LUTs
--
-- Source: ipbus-firmware, ipbus_core/firmware/hdl/ipbus_package.vhd, whose records have these fields.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_ipbus is
  port (
    clk        : in  std_logic;
    rst        : in  std_logic;
    ipb_addr   : in  std_logic_vector(31 downto 0);
    ipb_wdata  : in  std_logic_vector(31 downto 0);
    ipb_strobe : in  std_logic;
    ipb_write  : in  std_logic;
    ipb_rdata  : out std_logic_vector(31 downto 0);
    ipb_ack    : out std_logic;
    ipb_err    : out std_logic;
    write      : out std_logic;
    address    : out std_logic_vector(2 downto 0);
    write_data : out std_logic_vector(31 downto 0);
    ready      : in  std_logic;
    read_data  : in  std_logic_vector(31 downto 0)
  );
end entity bxnn_ipbus;

architecture rtl of bxnn_ipbus is

  signal asked  : std_logic;
  signal acked  : std_logic                     := '0';
  signal answer : std_logic_vector(31 downto 0) := (others => '0');

begin

  asked      <= ipb_strobe and not acked;
  write      <= asked and ipb_write;
  address    <= ipb_addr(2 downto 0);
  write_data <= ipb_wdata;
  ipb_rdata  <= answer;
  ipb_ack    <= acked;
  ipb_err    <= '0';

  handshake : process (clk)
  begin
    if rising_edge(clk) then
      acked  <= asked and (ready or not ipb_write);
      answer <= read_data;
      if rst = '1' then
        acked <= '0';
      end if;
    end if;
  end process handshake;

end architecture rtl;
