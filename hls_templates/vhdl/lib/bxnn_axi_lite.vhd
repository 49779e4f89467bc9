-- bxnn_axi_lite: AXI4-Lite in front of the registers of bxnn_weight_load, one transfer at a time.
--
-- Addresses: bytes; register n is at 4 * n. Writes need all strobes: others change nothing and answer SLVERR.
-- Ordering:  a write goes before a read that comes in the same cycle.
-- Latency:   the answer comes a cycle after the request, or as soon as the registers are ready
-- II:        2
-- Cost:      0 DSP, 34 flip-flops, a LUT for every bit of the address and some for the handshakes
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_axi_lite is
  port (
    clk        : in  std_logic;
    rst        : in  std_logic;
    awaddr     : in  std_logic_vector(4 downto 0);
    awvalid    : in  std_logic;
    awready    : out std_logic;
    wdata      : in  std_logic_vector(31 downto 0);
    wstrb      : in  std_logic_vector(3 downto 0);
    wvalid     : in  std_logic;
    wready     : out std_logic;
    bresp      : out std_logic_vector(1 downto 0);
    bvalid     : out std_logic;
    bready     : in  std_logic;
    araddr     : in  std_logic_vector(4 downto 0);
    arvalid    : in  std_logic;
    arready    : out std_logic;
    rdata      : out std_logic_vector(31 downto 0);
    rresp      : out std_logic_vector(1 downto 0);
    rvalid     : out std_logic;
    rready     : in  std_logic;
    write      : out std_logic;
    address    : out std_logic_vector(2 downto 0);
    write_data : out std_logic_vector(31 downto 0);
    ready      : in  std_logic;
    read_data  : in  std_logic_vector(31 downto 0)
  );
end entity bxnn_axi_lite;

architecture rtl of bxnn_axi_lite is

  signal writing  : std_logic;
  signal reading  : std_logic;
  signal whole    : std_logic;
  signal written  : std_logic                     := '0';
  signal partial  : std_logic                     := '0';
  signal answered : std_logic                     := '0';
  signal answer   : std_logic_vector(31 downto 0) := (others => '0');

begin

  whole   <= '1' when wstrb = "1111" else
             '0';
  writing <= awvalid and wvalid and ready and not written;
  reading <= arvalid and not answered and not writing;

  awready    <= writing;
  wready     <= writing;
  write      <= writing and whole;
  write_data <= wdata;
  address    <= awaddr(4 downto 2) when writing = '1' else
                araddr(4 downto 2);
  bvalid     <= written;
  bresp      <= partial & '0';

  arready <= reading;
  rvalid  <= answered;
  rdata   <= answer;
  rresp   <= "00";

  handshakes : process (clk)
  begin
    if rising_edge(clk) then
      if writing = '1' then
        written <= '1';
        partial <= not whole;
      elsif bready = '1' then
        written <= '0';
      end if;
      if reading = '1' then
        answered <= '1';
        answer   <= read_data;
      elsif rready = '1' then
        answered <= '0';
      end if;
      if rst = '1' then
        written  <= '0';
        answered <= '0';
      end if;
    end if;
  end process handshakes;

end architecture rtl;
