-- bxnn_history: the last samples of every channel, where one sample of one channel arrives per event.
--
-- Equation:  y = samples t - DEPTH + 1, ..., t of the channel of sample t; those before its first are zero
-- Bits:      y = | sample t | ... | sample t - DEPTH + 1 |, WIDTH bits each: the oldest lowest
-- Time:      a sample with in_gap = '1' is the first after a gap: earlier ones of its channel count no more. After rst,
--            every channel starts again. out_filling = '1' with the first DEPTH - 1 results of a channel after either,
--            which look at fewer samples than a window has.
-- Latency:   1
-- II:        1, for any order of channels, the same one in successive cycles too
-- Cost:      0 DSP; a memory of CHANNELS words of (DEPTH - 1) * WIDTH bits, read without a clock (distributed RAM); a
--            DEPTH - 1 flip-flops per channel, because all channels are reset at once; a register per bit of the result.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_history is
  generic (
    CHANNELS : positive; -- channels; in_tag is below this
    DEPTH    : positive; -- samples of a window, at least 2
    WIDTH    : positive  -- bits of a sample
  );
  port (
    clk         : in  std_logic;
    rst         : in  std_logic;
    in_valid    : in  std_logic;
    in_gap      : in  std_logic;
    in_tag      : in  std_logic_vector(phase_bits(CHANNELS) - 1 downto 0);
    in_data     : in  std_logic_vector(WIDTH - 1 downto 0);
    out_valid   : out std_logic;
    out_filling : out std_logic;
    out_tag     : out std_logic_vector(phase_bits(CHANNELS) - 1 downto 0);
    out_data    : out std_logic_vector(DEPTH * WIDTH - 1 downto 0)
  );
end entity bxnn_history;

architecture rtl of bxnn_history is

  subtype past_t is std_logic_vector((DEPTH - 1) * WIDTH - 1 downto 0);

  type memory_t is array (0 to CHANNELS - 1) of past_t;

  -- Bit n tells whether a channel has more than n samples: what zeroes a window is a single bit of it.
  subtype age_t is std_logic_vector(DEPTH - 2 downto 0);

  type ages_t is array (0 to CHANNELS - 1) of age_t;

  constant CHECKED : boolean := require(DEPTH >= 2,
    "bxnn_history: DEPTH is " & integer'image(DEPTH) & ": must be at least 2");

  signal memory : memory_t := (others => (others => '0'));
  signal ages   : ages_t   := (others => (others => '0')); -- samples that each channel has, at most DEPTH - 1

begin

  window : process (clk)

    variable channel : natural range 0 to CHANNELS - 1;
    variable past    : past_t;
    variable age     : age_t;

  begin
    if rising_edge(clk) then
      out_valid <= '0';
      if rst = '1' then
        ages <= (others => (others => '0'));
      elsif in_valid = '1' then
        channel := to_integer(unsigned(in_tag));
        past := memory(channel);
        age := ages(channel);
        if in_gap = '1' then
          age := (others => '0');
        end if;
        if age(0) = '0' then
          past := (others => '0');
        end if;
        out_data <= in_data & past;
        out_tag <= in_tag;
        out_valid <= '1';
        out_filling <= not age(age'high);
        if DEPTH > 2 then
          memory(channel) <= in_data & past(past'high downto WIDTH);
          ages(channel) <= age(age'high - 1 downto 0) & '1';
        else
          memory(channel) <= in_data;
          ages(channel) <= (others => '1');
        end if;
      end if;
    end if;
  end process window;

end architecture rtl;
