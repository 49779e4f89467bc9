-- A frame of 3 x 3 pixels of 2 channels, two pixels per beat, six beats: y = sum_e W(e) * x(e).
-- Latency 5 from the last beat; the next frame may begin in the next cycle.
-- The tests replace the number DEFECT to check that the bench finds each defect.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity frames is
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    in_valid  : in  std_logic;
    in_first  : in  std_logic;
    in_data   : in  std_logic_vector(23 downto 0); -- four lanes of signed elements of 6 bits
    out_valid : out std_logic;
    out_data  : out std_logic_vector(15 downto 0)  -- one signed element
  );
end entity frames;

architecture rtl of frames is

  constant DEFECT : natural := 0;

  constant WRONG_BIT       : natural := 1;
  constant ONE_LATER       : natural := 2;
  constant ONE_EARLIER     : natural := 3;
  constant LOST            : natural := 4;
  constant TRUNCATED_COMES : natural := 5;
  constant RESET_COMES     : natural := 6;
  constant COUNTS_CYCLES   : natural := 7;
  constant TAKES_GARBAGE   : natural := 8;
  constant FIRST_UNGATED   : natural := 9;
  constant KEEPS_SUM       : natural := 10;
  constant HEADLESS_COMES  : natural := 11;
  constant TAKES_PADDING   : natural := 12;
  constant LOSES_DRAINING  : natural := 13;
  constant DUE_FROM_FIRST  : natural := 14;

  constant BEATS : positive := 6;

  function latency return positive is
  begin
    case DEFECT is
      when ONE_LATER => return 6;
      when ONE_EARLIER => return 4;
      when others => return 5;
    end case;
  end function latency;

  -- Weight of a lane in a beat; 0 past the end of a row.
  function weight (beat, lane : natural) return integer is
    constant PIXEL : natural := 2 * (beat mod 2) + lane / 2;
  begin
    if PIXEL > 2 and DEFECT = TAKES_PADDING then
      return 1;
    elsif PIXEL > 2 then
      return 0;
    elsif DEFECT = WRONG_BIT and beat = 4 and lane = 3 then
      return 5;
    end if;
    return (7 * (2 * (3 * (beat / 2) + PIXEL) + lane mod 2) + 3) mod 13 - 6;
  end function weight;

  type sums_t is array (natural range <>) of signed(15 downto 0);

  signal count   : natural range 0 to BEATS - 1;
  signal active  : std_logic;
  signal gap     : std_logic;
  signal valid_x : std_logic;
  signal valid   : std_logic_vector(latency downto 1);
  signal sums    : sums_t(latency downto 1);
  signal age     : natural range 0 to 31;

begin

  pipeline : process (clk) is
    variable start : std_logic;
    variable take  : std_logic;
    variable beat  : natural range 0 to BEATS - 1;
    variable sum   : signed(15 downto 0);
    variable done  : std_logic;
  begin
    if rising_edge(clk) then
      start := in_first when DEFECT = FIRST_UNGATED else in_first and in_valid;
      take  := start or (in_valid and active);
      if DEFECT = COUNTS_CYCLES then
        take := start or active;
      end if;
      beat := 0 when start = '1' else count;
      sum  := sums(1) when start = '0' or DEFECT = KEEPS_SUM else (others => '0');
      done := take when beat = BEATS - 1 else '0';
      if DEFECT = TRUNCATED_COMES and start = '1' and active = '1' then
        done := '1';
      end if;
      if DEFECT = LOST and gap = '1' and beat = BEATS - 1 then
        done := '0';
      end if;
      if take = '1' or (DEFECT = TAKES_GARBAGE and active = '1') then
        for lane in 0 to 3 loop
          sum := sum + to_signed(weight(beat, lane), 8) * signed(in_data(6 * lane + 5 downto 6 * lane));
        end loop;
        sums(1) <= sum;
      end if;
      if take = '1' then
        count  <= 0 when beat = BEATS - 1 else beat + 1;
        active <= '1' when beat < BEATS - 1 or DEFECT = HEADLESS_COMES else '0';
      end if;
      gap <= not in_valid;
      age <= 0 when start = '1' else minimum(age + 1, 31);
      sums(latency downto 2)  <= sums(latency - 1 downto 1);
      valid                   <= valid(latency - 1 downto 1) & done;
      if DEFECT = LOSES_DRAINING and start = '1' and active = '0' then
        valid(latency downto 2) <= (others => '0');
      end if;
      if rst = '1' then
        count  <= 0;
        active <= '1' when DEFECT = HEADLESS_COMES else '0';
        if DEFECT /= RESET_COMES or active = 'U' then
          valid <= (others => '0');
        end if;
      end if;
    end if;
  end process pipeline;

  valid_x   <= valid(latency);
  out_valid <= '1' when DEFECT = DUE_FROM_FIRST and age = BEATS + latency - 2 else
               '0' when DEFECT = DUE_FROM_FIRST else valid_x;
  out_data  <= std_logic_vector(sums(latency));

end architecture rtl;
