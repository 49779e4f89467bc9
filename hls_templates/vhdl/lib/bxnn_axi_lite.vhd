-- bxnn_axi_lite: AXI4-Lite in front of the registers of bxnn_weight_load, one transfer at a time.
--
-- Addresses: bytes; register n is at 4 * n. Writes need all strobes: others change nothing and answer SLVERR.
-- Ordering:  a write goes before a read that comes in the same cycle.
-- Latency:   a write is answered in the next cycle and reaches the register in it, a read two cycles after its request;
--            writes wait until the registers are ready
-- II:        2 (3 for reads)
-- Cost:      0 DSP, 72 flip-flops at most, some LUTs
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
  signal fetching : std_logic                     := '0';
  signal answered : std_logic                     := '0';
  signal passed   : std_logic                     := '0';
  signal place    : std_logic_vector(2 downto 0)  := (others => '0');
  signal word     : std_logic_vector(31 downto 0) := (others => '0');
  signal answer   : std_logic_vector(31 downto 0) := (others => '0');

begin

  whole   <= '1' when wstrb = "1111" else
             '0';
  writing <= awvalid and wvalid and ready and not written;
  reading <= arvalid and not answered and not fetching and not writing;

  awready    <= writing;
  wready     <= writing;
  bvalid     <= written;
  bresp      <= partial & '0';
  write      <= passed;
  address    <= place;
  write_data <= word;

  arready <= reading;
  rvalid  <= answered;
  rdata   <= answer;
  rresp   <= "00";

  handshakes : process (clk)
  begin
    if rising_edge(clk) then
      passed <= writing and whole;
      if writing = '1' then
        place   <= awaddr(4 downto 2);
        word    <= wdata;
        partial <= not whole;
      elsif reading = '1' then
        place <= araddr(4 downto 2);
      end if;
      if writing = '1' then
        written <= '1';
      elsif bready = '1' then
        written <= '0';
      end if;
      fetching <= reading;
      if fetching = '1' then
        answered <= '1';
        answer   <= read_data;
      elsif rready = '1' then
        answered <= '0';
      end if;
      if rst = '1' then
        written  <= '0';
        fetching <= '0';
        answered <= '0';
        passed   <= '0';
      end if;
    end if;
  end process handshakes;

end architecture rtl;
