-- One multiplier, four phases: y = sum_p W(p) * x(p), II = 4, latency 6; in_valid restarts the phase counter.
-- The tests replace the number DEFECT to check that the bench finds each defect.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity accumulate is
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    in_valid  : in  std_logic;
    in_data   : in  std_logic_vector(31 downto 0); -- four signed elements of 8 bits
    out_valid : out std_logic;
    out_data  : out std_logic_vector(15 downto 0)  -- one signed element
  );
end entity accumulate;

architecture rtl of accumulate is

  constant DEFECT : natural := 0;

  constant FREE_PHASE : natural := 1;
  constant KEEPS_SUM  : natural := 2;

  type weights_t is array (0 to 3) of integer range -8 to 7;

  constant WEIGHTS : weights_t := (3, -8, 7, -1);

  signal valid   : std_logic_vector(6 downto 1);
  signal x       : std_logic_vector(31 downto 0);
  signal counter : unsigned(1 downto 0);
  signal phase   : unsigned(1 downto 0);
  signal product : signed(15 downto 0);
  signal first   : std_logic;
  signal sum     : signed(15 downto 0);

begin

  phase <= "00" when valid(1) = '1' and DEFECT /= FREE_PHASE else counter;

  pipeline : process (clk) is
    variable base : signed(15 downto 0);
  begin
    if rising_edge(clk) then
      valid   <= valid(5 downto 1) & in_valid;
      counter <= phase + 1;
      if in_valid = '1' then
        x <= in_data;
      end if;
      product <= to_signed(WEIGHTS(to_integer(phase)), 8) * signed(x(8 * to_integer(phase) + 7 downto 8 * to_integer(phase)));
      first   <= '1' when phase = 0 else '0';
      base    := (others => '0') when first = '1' and DEFECT /= KEEPS_SUM else sum;
      sum     <= base + product;
      if rst = '1' then
        valid <= (others => '0');
        -- one event is in x one cycle after in_valid; a free-running counter that started then would be in step with it
        counter <= "11";
        sum     <= (others => '0');
      end if;
    end if;
  end process pipeline;

  out_valid <= valid(6);
  out_data  <= std_logic_vector(sum);

end architecture rtl;
