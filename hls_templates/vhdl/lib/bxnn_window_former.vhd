-- bxnn_window_former: reads a line buffer column by column and forms the windows of tiles.
--
-- Equation:  tile(y, x) element ((i * COLUMNS) + j) * channels + c = image(y * ROW_STEP - ROWS_BEFORE + i, column(x) + j)
--            if that is inside the image, else 0; column(x) follows from the words that the segment reads
-- Bits:      a word holds WORD_PIXELS pixels of PIXEL_BITS, the leftmost lowest; out_data has the pixels of the tile,
--            row after row, the first lowest.
-- Time:      read k of a frame (k = 0 with start) is word FIRST_WORD + k mod READS of the rows of tile row k / READS.
--            The column is available a cycle later and enters the window from the right; a complete read yields a
--            tile two cycles later. Words of the next row may have moved a window past the right edge: COLUMN_MASK
--            hides them, as well as whatever precedes the left edge.
--
--            cycle        0      1        2
--            read         k      k+1      k+2
--            line buffer         word k   word k+1
--            window                       ... word k      out_valid if complete came with read k
--
-- Latency:   2 from a complete read to out_valid; out_data stays until the next read has moved the window.
-- II:        1
-- Cost:      0 DSP; flip-flops for the window, a multiplexer of BUFFER_ROWS words per row of the window, and an AND
--            per bit where a mask has zeros.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_window_former is
  generic (
    BUFFER_ROWS  : positive;         -- rows of the line buffer
    WORDS        : positive;         -- words in a row of the image
    WORD_PIXELS  : positive;         -- pixels of a word
    PIXEL_BITS   : positive;         -- bits of a pixel, all channels
    ROWS         : positive;         -- rows of a tile
    COLUMNS      : positive;         -- columns of a tile
    WINDOW_WORDS : positive;         -- words that a tile spans
    LEAD         : natural;          -- pixels of its first word that it does not need
    FIRST_WORD   : natural;          -- first word of a row that is read
    READS        : positive;         -- words of a row that are read
    ROW_STEP     : positive;         -- rows from one row of tiles to the next
    ROWS_BEFORE  : natural;          -- rows of the first row of tiles that precede the image
    TILE_ROWS    : positive;         -- rows of tiles
    TILE_COLUMNS : positive;         -- tiles in a row
    ROW_MASK     : std_logic_vector; -- | tile row TILE_ROWS-1 | ... | tile row 0 |, ROWS bits each
    COLUMN_MASK  : std_logic_vector  -- | tile TILE_COLUMNS-1 | ... | tile 0 |, COLUMNS bits each
  );
  port (
    clk       : in  std_logic;
    rst       : in  std_logic;
    start     : in  std_logic;
    read      : in  std_logic;
    complete  : in  std_logic;
    address   : out std_logic_vector(phase_bits(WORDS) - 1 downto 0);
    column    : in  std_logic_vector(BUFFER_ROWS * WORD_PIXELS * PIXEL_BITS - 1 downto 0);
    out_valid : out std_logic;
    out_first : out std_logic;
    out_data  : out std_logic_vector(ROWS * COLUMNS * PIXEL_BITS - 1 downto 0)
  );
end entity bxnn_window_former;

architecture rtl of bxnn_window_former is

  constant WORD_BITS  : positive := WORD_PIXELS * PIXEL_BITS;
  constant ROW_BITS   : positive := WINDOW_WORDS * WORD_BITS;
  constant READ_WIDTH : positive := phase_bits(READS);
  constant TILE_WIDTH : positive := phase_bits(TILE_COLUMNS);
  constant ROW_WIDTH  : positive := phase_bits(TILE_ROWS);
  constant BANK_WIDTH : positive := phase_bits(BUFFER_ROWS);
  -- The row of the line buffer that holds the first row of tile row 0, and the step to that of the next.
  constant FIRST_BANK  : natural := (-ROWS_BEFORE) mod BUFFER_ROWS;
  constant BANK_STEP   : natural := ROW_STEP mod BUFFER_ROWS;
  constant MASKED_ROWS : boolean := ROW_MASK /= (ROW_MASK'range => '1');
  constant MASKED      : boolean := COLUMN_MASK /= (COLUMN_MASK'range => '1');

  constant CHECKED_ROWS    : boolean := require(ROW_MASK'length = TILE_ROWS * ROWS,
    "bxnn_window_former: ROW_MASK has " & integer'image(ROW_MASK'length) & " bits, TILE_ROWS * ROWS is "
    & integer'image(TILE_ROWS * ROWS));
  constant CHECKED_COLUMNS : boolean := require(COLUMN_MASK'length = TILE_COLUMNS * COLUMNS,
    "bxnn_window_former: COLUMN_MASK has " & integer'image(COLUMN_MASK'length) & " bits, TILE_COLUMNS * COLUMNS is "
    & integer'image(TILE_COLUMNS * COLUMNS));
  constant CHECKED_REACH   : boolean := require(LEAD + COLUMNS <= WINDOW_WORDS * WORD_PIXELS,
    "bxnn_window_former: LEAD + COLUMNS is " & integer'image(LEAD + COLUMNS) & ", WINDOW_WORDS * WORD_PIXELS only "
    & integer'image(WINDOW_WORDS * WORD_PIXELS));
  constant CHECKED_READS   : boolean := require(FIRST_WORD + READS <= WORDS,
    "bxnn_window_former: FIRST_WORD + READS is " & integer'image(FIRST_WORD + READS) & ", WORDS only "
    & integer'image(WORDS));
  constant CHECKED_BUFFER  : boolean := require(ROWS <= BUFFER_ROWS,
    "bxnn_window_former: ROWS is " & integer'image(ROWS) & ", BUFFER_ROWS only " & integer'image(BUFFER_ROWS));

  function wrapped (bank : natural) return natural is
  begin
    if bank >= BUFFER_ROWS then
      return bank - BUFFER_ROWS;
    end if;
    return bank;
  end function wrapped;

  -- The next read: its word, its row of tiles and the row of the line buffer in which that begins.
  signal next_read : unsigned(READ_WIDTH - 1 downto 0) := (others => '0');
  signal next_row  : unsigned(ROW_WIDTH - 1 downto 0)  := (others => '0');
  signal next_bank : unsigned(BANK_WIDTH - 1 downto 0) := to_unsigned(FIRST_BANK, BANK_WIDTH);
  signal next_tile : unsigned(TILE_WIDTH - 1 downto 0) := (others => '0');
  signal this_read : unsigned(READ_WIDTH - 1 downto 0);
  signal this_row  : unsigned(ROW_WIDTH - 1 downto 0);
  signal this_bank : unsigned(BANK_WIDTH - 1 downto 0);
  signal this_tile : unsigned(TILE_WIDTH - 1 downto 0);

  -- In step with the column of a read.
  signal moves     : std_logic                           := '0';
  signal completes : std_logic                           := '0';
  signal begins    : std_logic                           := '0';
  signal top_bank  : unsigned(BANK_WIDTH - 1 downto 0)   := (others => '0');
  signal on_image  : std_logic_vector(ROWS - 1 downto 0) := (others => '0');
  signal tile      : unsigned(TILE_WIDTH - 1 downto 0)   := (others => '0');
  signal fresh     : std_logic_vector(ROWS * WORD_BITS - 1 downto 0);

  -- In step with the window.
  signal valid   : std_logic                                      := '0';
  signal first   : std_logic                                      := '0';
  signal window  : std_logic_vector(ROWS * ROW_BITS - 1 downto 0) := (others => '0');
  signal visible : std_logic_vector(COLUMNS - 1 downto 0)         := (others => '1');
  -- No tile of the frame is complete yet.
  signal none_yet : std_logic := '0';

begin

  this_read <= (others => '0') when start = '1' else
               next_read;
  this_row  <= (others => '0') when start = '1' else
               next_row;
  this_bank <= to_unsigned(FIRST_BANK, BANK_WIDTH) when start = '1' else
               next_bank;
  this_tile <= (others => '0') when start = '1' else
               next_tile;

  address <= std_logic_vector(resize(this_read, phase_bits(WORDS)) + FIRST_WORD);

  position : process (clk)
  begin
    if rising_edge(clk) then
      if read = '1' then
        if this_read = READS - 1 then
          next_read <= (others => '0');
          next_bank <= to_unsigned(wrapped(to_integer(this_bank) + BANK_STEP), BANK_WIDTH);
          -- After the last row of tiles, only the window moves on.
          if this_row = TILE_ROWS - 1 then
            next_row <= (others => '0');
          else
            next_row <= this_row + 1;
          end if;
        else
          next_read <= this_read + 1;
          next_row  <= this_row;
          next_bank <= this_bank;
        end if;
        next_tile <= this_tile;
        if complete = '1' then
          if this_tile = TILE_COLUMNS - 1 then
            next_tile <= (others => '0');
          else
            next_tile <= this_tile + 1;
          end if;
        end if;
      end if;
    end if;
  end process position;

  follow : process (clk)
  begin
    if rising_edge(clk) then
      moves     <= read;
      completes <= read and complete;
      if read = '1' then
        top_bank <= this_bank;
        tile     <= this_tile;
        on_image <= element(ROW_MASK, to_integer(this_row), ROWS);
      end if;
      begins <= (read and complete) and (start or none_yet);
      if read = '1' then
        none_yet <= (start or none_yet) and not complete;
      end if;
      valid <= completes;
      first <= begins;
      if rst = '1' then
        moves     <= '0';
        completes <= '0';
        valid     <= '0';
      end if;
    end if;
  end process follow;

  row : for i in 0 to ROWS - 1 generate
    constant LOW  : natural := i * WORD_BITS;
    signal   word : std_logic_vector(WORD_BITS - 1 downto 0);
  begin

    select_bank : process (all)
    begin
      word <= column(WORD_BITS - 1 downto 0);
      for b in 0 to BUFFER_ROWS - 1 loop
        if to_integer(top_bank) = b then
          word <= element(column, wrapped(b + i), WORD_BITS);
        end if;
      end loop;
    end process select_bank;

    hidden : if MASKED_ROWS generate
      fresh(LOW + WORD_BITS - 1 downto LOW) <= word when on_image(i) = '1' else
                                               (others => '0');
    end generate hidden;

    shown : if not MASKED_ROWS generate
      fresh(LOW + WORD_BITS - 1 downto LOW) <= word;
    end generate shown;

    move : process (clk)
    begin
      if rising_edge(clk) then
        if moves = '1' then
          if WINDOW_WORDS > 1 then
            window((i + 1) * ROW_BITS - WORD_BITS - 1 downto i * ROW_BITS)
              <= window((i + 1) * ROW_BITS - 1 downto i * ROW_BITS + WORD_BITS);
          end if;
          window((i + 1) * ROW_BITS - 1 downto (i + 1) * ROW_BITS - WORD_BITS)
            <= fresh(LOW + WORD_BITS - 1 downto LOW);
        end if;
      end if;
    end process move;

    pixel : for j in 0 to COLUMNS - 1 generate
      constant SOURCE : natural := i * ROW_BITS + (LEAD + j) * PIXEL_BITS;
      constant TARGET : natural := (i * COLUMNS + j) * PIXEL_BITS;
    begin

      masked_pixel : if MASKED generate
        out_data(TARGET + PIXEL_BITS - 1 downto TARGET) <=
                                                           window(SOURCE + PIXEL_BITS - 1 downto SOURCE) when visible(j) = '1' else
                                                           (others => '0');
      end generate masked_pixel;

      plain_pixel : if not MASKED generate
        out_data(TARGET + PIXEL_BITS - 1 downto TARGET) <= window(SOURCE + PIXEL_BITS - 1 downto SOURCE);
      end generate plain_pixel;

    end generate pixel;

  end generate row;

  edges : if MASKED generate
    look_up : process (clk)
    begin
      if rising_edge(clk) then
        if moves = '1' then
          visible <= element(COLUMN_MASK, to_integer(tile), COLUMNS);
        end if;
      end if;
    end process look_up;
  end generate edges;

  out_valid <= valid;
  out_first <= first;

end architecture rtl;
