-- bxnn_ipbus: an IPbus slave in front of the registers of bxnn_weight_load.
--
-- Addresses: words; the lowest three bits of ipb_addr select the register, the others are for the bus fabric.
-- Latency:   ack comes a cycle after the strobe of a write, two after that of a read; writes wait until the registers
--            are ready, and reach them with ack
-- II:        2 (3 for reads)
-- Cost:      0 DSP, 70 flip-flops at most, some LUTs
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

  signal taken    : std_logic;
  signal fetching : std_logic                     := '0';
  signal acked    : std_logic                     := '0';
  signal passed   : std_logic                     := '0';
  signal place    : std_logic_vector(2 downto 0)  := (others => '0');
  signal word     : std_logic_vector(31 downto 0) := (others => '0');
  signal answer   : std_logic_vector(31 downto 0) := (others => '0');

begin

  taken <= ipb_strobe and not acked and not fetching and (ready or not ipb_write);

  write      <= passed;
  address    <= place;
  write_data <= word;
  ipb_rdata  <= answer;
  ipb_ack    <= acked;
  ipb_err    <= '0';

  handshake : process (clk)
  begin
    if rising_edge(clk) then
      passed   <= taken and ipb_write;
      fetching <= taken and not ipb_write;
      acked    <= fetching or (taken and ipb_write);
      if taken = '1' then
        place <= ipb_addr(2 downto 0);
        word  <= ipb_wdata;
      end if;
      if fetching = '1' then
        answer <= read_data;
      end if;
      if rst = '1' then
        passed   <= '0';
        fetching <= '0';
        acked    <= '0';
      end if;
    end if;
  end process handshake;

end architecture rtl;
