-- Two inputs, two outputs, seven cycles: y = W a + b * (1, -1), z = not b. Accepts an event every cycle.
-- The tests replace the number DEFECT to check that the bench finds each defect.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity pair is
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    a_valid : in  std_logic;
    a_data  : in  std_logic_vector(11 downto 0); -- two signed elements of 6 bits
    b_valid : in  std_logic;
    b_data  : in  std_logic_vector(0 downto 0);  -- one unsigned element of 1 bit
    y_valid : out std_logic;
    y_data  : out std_logic_vector(23 downto 0); -- two signed elements of 12 bits
    z_valid : out std_logic;
    z_data  : out std_logic_vector(0 downto 0)
  );
end entity pair;

architecture rtl of pair is

  constant DEFECT : natural := 0;

  constant WRONG_WEIGHT  : natural := 1;
  constant LATE_CAPTURE  : natural := 2;
  constant NO_RESET      : natural := 3;
  constant DROPS         : natural := 4;
  constant SPURIOUS      : natural := 5;
  constant ONE_LATER     : natural := 6;
  constant ONE_EARLIER   : natural := 7;
  constant STOPS         : natural := 8;
  constant ONE_PORT_LATE : natural := 9;
  constant UNDEFINED     : natural := 10;

  function latency return positive is
  begin
    case DEFECT is
      when ONE_LATER => return 8;
      when ONE_EARLIER => return 6;
      when others => return 7;
    end case;
  end function latency;

  function weight return integer is
  begin
    if DEFECT = WRONG_WEIGHT then
      return 3 + 4;
    end if;
    return 3;
  end function weight;

  type y_pipeline_t is array (natural range <>) of std_logic_vector(23 downto 0);

  signal valid    : std_logic_vector(latency downto 1);
  signal a        : std_logic_vector(11 downto 0);
  signal b        : std_logic;
  signal z        : std_logic_vector(latency downto 2);
  signal y        : y_pipeline_t(latency downto 2);
  signal clock_no : unsigned(7 downto 0) := (others => '0');

begin

  pipeline : process (clk) is
    variable now                 : std_logic_vector(11 downto 0);
    variable first, second, sign : signed(11 downto 0);
    variable result              : std_logic_vector(23 downto 0);
  begin
    if rising_edge(clk) then
      clock_no <= clock_no + 1;
      valid    <= valid(latency - 1 downto 1) & a_valid;
      if DEFECT = DROPS and a_data(5 downto 0) = "100000" then
        valid(1) <= '0';
      end if;
      a      <= a_data;
      b      <= b_data(0);
      now    := a_data when DEFECT = LATE_CAPTURE else a;
      first  := resize(signed(now(5 downto 0)), 12);
      second := resize(signed(now(11 downto 6)), 12);
      sign   := (0 => b, others => '0');
      result := std_logic_vector(resize(5 * second - first, 12) - sign) &
                std_logic_vector(resize(weight * first, 12) - second + sign);
      y(latency downto 3) <= y(latency - 1 downto 2);
      y(2)                <= result;
      z <= z(latency - 1 downto 2) & not b;
      if rst = '1' and DEFECT /= NO_RESET then
        valid <= (others => '0');
      end if;
      if DEFECT = STOPS then
        assert clock_no /= 200 report "counter reached its end" severity failure;
      end if;
    end if;
  end process pipeline;

  y_valid   <= 'X' when DEFECT = UNDEFINED and clock_no < 3 else
               '1' when DEFECT = SPURIOUS and clock_no = 255 else valid(latency);
  y_data    <= y(latency);
  z_valid   <= valid(latency - 1) when DEFECT = ONE_PORT_LATE else valid(latency);
  z_data(0) <= z(latency - 1) when DEFECT = ONE_PORT_LATE else z(latency);

end architecture rtl;
