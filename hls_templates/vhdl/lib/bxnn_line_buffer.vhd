-- bxnn_line_buffer: the last rows of an image that arrives word by word; a read returns a column of a window.
--
-- Equation:  word w of row r is written to row r mod ROWS, address w; a read of address w returns word w of all ROWS
-- Bits:      word = | pixel | ... | pixel |, WORD_BITS; column = | row ROWS-1 | ... | row 0 |, WORD_BITS each
-- Time:      words of a frame arrive in order, the first with in_first = '1'. A word can be read in the cycle after
--            its arrival. The scheduler ensures that no word is overwritten too early.
-- Latency:   1: the column is visible in the cycle after read, and stays until the next read.
-- II:        1
-- Cost:      0 DSP; ROWS memories of 2**ceil(log2 WORDS) words with a clocked write and a clocked read port: block
--            RAM, or (BLOCK_RAM = 0) distributed RAM and a flip-flop per bit of the column; row and word counters.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_line_buffer is
  generic (
    ROWS      : positive; -- rows that are kept
    WORDS     : positive; -- words in a row
    WORD_BITS : positive; -- bits of a word
    BLOCK_RAM : natural   -- 1: block RAM, 0: distributed RAM
  );
  port (
    clk      : in  std_logic;
    rst      : in  std_logic;
    in_valid : in  std_logic;
    in_first : in  std_logic;
    in_data  : in  std_logic_vector(WORD_BITS - 1 downto 0);
    read     : in  std_logic;
    address  : in  std_logic_vector(phase_bits(WORDS) - 1 downto 0);
    column   : out std_logic_vector(ROWS * WORD_BITS - 1 downto 0)
  );
end entity bxnn_line_buffer;

architecture rtl of bxnn_line_buffer is

  constant CHECKED : boolean := require(BLOCK_RAM <= 1,
    "bxnn_line_buffer: BLOCK_RAM is " & integer'image(BLOCK_RAM) & ": must be 0 or 1");

  function style return string is
  begin
    if BLOCK_RAM = 1 then
      return "block";
    end if;
    return "distributed";
  end function style;

  constant WORD_WIDTH : positive := phase_bits(WORDS);
  constant ROW_WIDTH  : positive := phase_bits(ROWS);

  -- Where the next word is written; a first word goes to row 0, address 0.
  signal next_row  : unsigned(ROW_WIDTH - 1 downto 0)  := (others => '0');
  signal next_word : unsigned(WORD_WIDTH - 1 downto 0) := (others => '0');
  signal row       : unsigned(ROW_WIDTH - 1 downto 0);
  signal word      : unsigned(WORD_WIDTH - 1 downto 0);

begin

  row  <= (others => '0') when in_first = '1' else
          next_row;
  word <= (others => '0') when in_first = '1' else
          next_word;

  position : process (clk)
  begin
    if rising_edge(clk) then
      if in_valid = '1' then
        if word = WORDS - 1 then
          next_word <= (others => '0');
          if row = ROWS - 1 then
            next_row <= (others => '0');
          else
            next_row <= row + 1;
          end if;
        else
          next_word <= word + 1;
          next_row  <= row;
        end if;
      end if;
      if rst = '1' then
        next_word <= (others => '0');
        next_row  <= (others => '0');
      end if;
    end if;
  end process position;

  bank : for r in 0 to ROWS - 1 generate
    type word_array is array (0 to 2 ** WORD_WIDTH - 1) of std_logic_vector(WORD_BITS - 1 downto 0);
    signal memory : word_array                               := (others => (others => '0'));
    signal found  : std_logic_vector(WORD_BITS - 1 downto 0) := (others => '0');

    attribute ram_style           : string;
    attribute ram_style of memory : signal is style;
  begin

    ports : process (clk)
    begin
      if rising_edge(clk) then
        if in_valid = '1' and row = r then
          memory(to_integer(word)) <= in_data;
        end if;
        if read = '1' then
          found <= memory(to_integer(unsigned(address)));
        end if;
      end if;
    end process ports;

    column((r + 1) * WORD_BITS - 1 downto r * WORD_BITS) <= found;

  end generate bank;

end architecture rtl;
