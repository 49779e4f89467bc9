-- bxnn_line_buffer: the last rows of an image that arrives word by word; a read returns a column of a window.
--
-- Equation:  word w of row r is written to row r mod ROWS, address w; a read of address w returns word w of all ROWS
-- Bits:      word = | pixel | ... | pixel |, WORD_BITS; column = | row ROWS-1 | ... | row 0 |, WORD_BITS each
-- Time:      words of a frame arrive in order, the first with in_first = '1'. A word can be read in the cycle after
--            its arrival. The scheduler ensures that no word is overwritten too early. Both ports are registered: the
--            memory is written and read one cycle later.
--
--            cycle        0        1          2
--            read         k                               in_valid     w
--            memory                word k                                    word w is written
--            column                           word k
--
-- Latency:   2: the column is visible two cycles after read, and stays until that of the next read.
-- II:        1
-- Cost:      0 DSP; ROWS memories of 2**ceil(log2 WORDS) words with a clocked write and a clocked read port: block
--            RAM, or (BLOCK_RAM = 0) distributed RAM and a flip-flop per bit of the column; row and word counters; a
--            flip-flop per bit of a word and per bit of each copy of the addresses. One copy serves at most MAX_FANOUT
--            bits of the column.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_line_buffer is
  generic (
    ROWS       : positive;     -- rows that are kept
    WORDS      : positive;     -- words of a row
    WORD_BITS  : positive;     -- bits of a word
    MAX_FANOUT : natural := 0; -- most bits of the column that share a copy of the addresses; 0: any
    BLOCK_RAM  : natural       -- 1: block RAM, 0: distributed RAM
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

  -- A row is cut into slices, or rows share a copy; LUT memories are not cut.
  constant LUT_MEMORY_BITS : positive := 6; -- of an AMD RAM32M
  constant SERVED          : positive := chunk(ROWS * WORD_BITS, MAX_FANOUT);
  constant SLICE_BITS      : positive := bits_of_slice(WORD_BITS, SERVED, LUT_MEMORY_BITS);
  constant SLICES          : positive := (WORD_BITS + SLICE_BITS - 1) / SLICE_BITS;
  constant COPY_ROWS       : positive := max(1, SERVED / (SLICES * SLICE_BITS));
  constant COPIES          : positive := (ROWS + COPY_ROWS - 1) / COPY_ROWS * SLICES;
  constant COPY_WIDTH      : positive := 2 * WORD_WIDTH + 1;

  -- Where a word goes: a first word to row 0, address 0.
  signal first    : std_logic;
  signal next_row : std_logic;
  signal row_ends : std_logic;
  signal row      : std_logic_vector(ROW_WIDTH - 1 downto 0);
  signal word     : std_logic_vector(WORD_WIDTH - 1 downto 0);

  -- A cycle later: the word to write, and in every copy | read | address | word |.
  signal data    : std_logic_vector(WORD_BITS - 1 downto 0) := (others => '0');
  signal ports   : std_logic_vector(COPY_WIDTH - 1 downto 0);
  signal ports_q : std_logic_vector(COPIES * COPY_WIDTH - 1 downto 0);

begin

  first    <= in_valid and in_first;
  next_row <= in_valid and row_ends;

  words_of_row : entity work.bxnn_cyclic_counter
    generic map (
      COUNT => WORDS
    )
    port map (
      clk     => clk,
      rst     => rst,
      restart => first,
      step    => in_valid,
      value   => word,
      ends    => row_ends
    );

  rows_of_buffer : entity work.bxnn_cyclic_counter
    generic map (
      COUNT => ROWS
    )
    port map (
      clk     => clk,
      rst     => rst,
      restart => first,
      step    => next_row,
      value   => row,
      ends    => open
    );

  take : process (clk)
  begin
    if rising_edge(clk) then
      data <= in_data;
    end if;
  end process take;

  ports <= read & address & word;

  copy : for c in 0 to COPIES - 1 generate
    registered : entity work.bxnn_replica
      generic map (
        WIDTH => COPY_WIDTH
      )
      port map (
        clk => clk,
        rst => '0',
        d   => ports,
        q   => ports_q((c + 1) * COPY_WIDTH - 1 downto c * COPY_WIDTH)
      );
  end generate copy;

  bank : for r in 0 to ROWS - 1 generate
    slice : for i in 0 to SLICES - 1 generate
      constant LOW  : natural := i * SLICE_BITS;
      constant BITS : positive := minimum(SLICE_BITS, WORD_BITS - LOW);
      constant BASE : natural := (r / COPY_ROWS * SLICES + i) * COPY_WIDTH;

      type word_array is array (0 to 2 ** WORD_WIDTH - 1) of std_logic_vector(BITS - 1 downto 0);
      signal memory     : word_array                          := (others => (others => '0'));
      signal found      : std_logic_vector(BITS - 1 downto 0) := (others => '0');
      signal comes      : std_logic;
      signal writes     : std_logic;
      signal write_word : unsigned(WORD_WIDTH - 1 downto 0);
      signal read_word  : unsigned(WORD_WIDTH - 1 downto 0);
      signal reads      : std_logic;

      attribute ram_style           : string;
      attribute ram_style of memory : signal is style;
    begin

      write_word <= unsigned(ports_q(BASE + WORD_WIDTH - 1 downto BASE));
      read_word  <= unsigned(ports_q(BASE + 2 * WORD_WIDTH - 1 downto BASE + WORD_WIDTH));
      reads      <= ports_q(BASE + 2 * WORD_WIDTH);

      comes <= in_valid when unsigned(row) = r else
               '0';

      write_enable : entity work.bxnn_replica
        generic map (
          WIDTH => 1
        )
        port map (
          clk  => clk,
          rst  => '0',
          d(0) => comes,
          q(0) => writes
        );

      access_ports : process (clk)
      begin
        if rising_edge(clk) then
          if writes = '1' then
            memory(to_integer(write_word)) <= data(LOW + BITS - 1 downto LOW);
          end if;
          if reads = '1' then
            found <= memory(to_integer(read_word));
          end if;
        end if;
      end process access_ports;

      column(r * WORD_BITS + LOW + BITS - 1 downto r * WORD_BITS + LOW) <= found;

    end generate slice;
  end generate bank;

end architecture rtl;
