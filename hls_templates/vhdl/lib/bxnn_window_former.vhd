-- bxnn_window_former: reads a line buffer column by column and forms the windows of tiles.
--
-- Equation:  tile(y, x) element ((i * COLUMNS) + j) * channels + c = image(y * ROW_STEP - ROWS_BEFORE + i, column(x) + j)
--            if that is inside the image, else 0; column(x) follows from the words that the segment reads
-- Bits:      a word holds WORD_PIXELS pixels of PIXEL_BITS, the leftmost lowest; out_data has the pixels of the tile,
--            row after row, the first lowest.
-- Time:      read k of a frame (k = 0 with start) is word FIRST_WORD + k mod READS of the rows of tile row k / READS.
--            The column is there two cycles later and moves into the window, from the right; a complete read gives a
--            tile three cycles later. Words of the next row may have moved a window over the right edge: COLUMN_MASK
--            hides them, as it hides what was there before the left edge.
--
--            cycle        0      1        2        3
--            read         k      k+1      k+2
--            line buffer                  word k   word k+1
--            window                                ... word k      out_valid if complete came with read k
--
-- Latency:   3 from a complete read to out_valid; out_data stands until the next read has moved the window.
-- II:        1
-- Cost:      0 DSP; flip-flops for the window, a choice of BUFFER_ROWS words per row of the window, and an AND
--            per bit where a mask has zeros. What moves the window and what selects a row have as many copies that none
--            has more than MAX_FANOUT loads; so have the masks.
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
    TILE_COLUMNS : positive;         -- tiles of a row
    MAX_FANOUT   : natural := 0;     -- most loads of a copy of the control; 0: any
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
  constant FIRST_BANK : natural := (-ROWS_BEFORE) mod BUFFER_ROWS;
  constant BANK_STEP  : natural := ROW_STEP mod BUFFER_ROWS;
  constant MASKED     : boolean := COLUMN_MASK /= (COLUMN_MASK'range => '1');

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

  -- The row of the line buffer for the next row of tiles, by that for this one: looked up, not added.
  function banks_by_bank return std_logic_vector is
    variable found : std_logic_vector(2 ** BANK_WIDTH * BANK_WIDTH - 1 downto 0);
  begin
    for b in 0 to 2 ** BANK_WIDTH - 1 loop
      found((b + 1) * BANK_WIDTH - 1 downto b * BANK_WIDTH) := std_logic_vector(
        to_unsigned(wrapped(wrapped(b) + BANK_STEP), BANK_WIDTH));
    end loop;
    return found;
  end function banks_by_bank;

  constant NEXT_BANKS : std_logic_vector(2 ** BANK_WIDTH * BANK_WIDTH - 1 downto 0) := banks_by_bank;

  -- Loads of the control per bit of a word: registers that move, and first choices between rows of the line buffer.
  constant LOADS      : positive := max(WINDOW_WORDS, (BUFFER_ROWS + 2) / 4);
  constant SERVED     : positive := chunk(ROWS * WORD_BITS, max(minimum(MAX_FANOUT, 1), MAX_FANOUT / LOADS));
  constant SLICE_BITS : positive := bits_of_slice(WORD_BITS, SERVED, 1);
  constant SLICES     : positive := (WORD_BITS + SLICE_BITS - 1) / SLICE_BITS;
  constant COPY_ROWS  : positive := max(1, SERVED / (SLICES * SLICE_BITS));
  constant COPIES     : positive := (ROWS + COPY_ROWS - 1) / COPY_ROWS * SLICES;
  constant COPY_WIDTH : positive := BANK_WIDTH + 1;
  -- The same for the mask of columns, which has a load per bit of a pixel.
  constant MASK_SERVED : positive := chunk(ROWS * PIXEL_BITS, MAX_FANOUT);
  constant MASK_BITS   : positive := bits_of_slice(PIXEL_BITS, MASK_SERVED, 1);
  constant MASK_SLICES : positive := (PIXEL_BITS + MASK_BITS - 1) / MASK_BITS;
  constant MASK_ROWS   : positive := max(1, MASK_SERVED / (MASK_SLICES * MASK_BITS));
  constant MASK_COPIES : positive := (ROWS + MASK_ROWS - 1) / MASK_ROWS * MASK_SLICES;

  -- Whether any tile hides entry i of its mask of n.
  function hides (mask : std_logic_vector; i, n : natural) return boolean is
    alias flat : std_logic_vector(mask'length - 1 downto 0) is mask;
  begin
    for t in 0 to mask'length / n - 1 loop
      if flat(t * n + i) = '0' then
        return true;
      end if;
    end loop;
    return false;
  end function hides;

  -- A read: word, row of tiles, the row of the line buffer in which that begins, and the tile.
  signal this_read : std_logic_vector(READ_WIDTH - 1 downto 0);
  signal this_row  : std_logic_vector(ROW_WIDTH - 1 downto 0);
  signal this_bank : unsigned(BANK_WIDTH - 1 downto 0);
  signal this_tile : std_logic_vector(TILE_WIDTH - 1 downto 0);
  signal next_bank : unsigned(BANK_WIDTH - 1 downto 0) := to_unsigned(FIRST_BANK, BANK_WIDTH);
  signal row_ends  : std_logic;
  signal next_row  : std_logic;
  signal next_tile : std_logic;

  -- A cycle after a read.
  signal step      : std_logic                         := '0';
  signal tiles     : std_logic                         := '0';
  signal starts    : std_logic                         := '0';
  signal step_bank : unsigned(BANK_WIDTH - 1 downto 0) := (others => '0');
  signal step_row  : unsigned(ROW_WIDTH - 1 downto 0)  := (others => '0');
  signal step_tile : unsigned(TILE_WIDTH - 1 downto 0) := (others => '0');

  -- With its column. A copy of the control is | row of the line buffer | moves |.
  signal control   : std_logic_vector(COPY_WIDTH - 1 downto 0);
  signal control_q : std_logic_vector(COPIES * COPY_WIDTH - 1 downto 0);
  signal on_image  : std_logic_vector(ROWS - 1 downto 0);
  signal completes : std_logic                         := '0';
  signal begins    : std_logic                         := '0';
  signal moves     : std_logic                         := '0';
  signal tile      : unsigned(TILE_WIDTH - 1 downto 0) := (others => '0');

  -- In step with the window.
  signal valid  : std_logic := '0';
  signal first  : std_logic := '0';
  signal window : std_logic_vector(ROWS * ROW_BITS - 1 downto 0);
  -- Of every copy of the mask.
  signal visible : std_logic_vector(MASK_COPIES * COLUMNS - 1 downto 0);
  -- No tile of the frame is complete yet.
  signal none_yet : std_logic := '0';

begin

  next_row  <= read and row_ends;
  next_tile <= read and complete;

  reads_of_row : entity work.bxnn_cyclic_counter
    generic map (
      COUNT => READS
    )
    port map (
      clk     => clk,
      rst     => rst,
      restart => start,
      step    => read,
      value   => this_read,
      ends    => row_ends
    );

  -- (After the last row of tiles only the window moves on.)
  rows_of_tiles : entity work.bxnn_cyclic_counter
    generic map (
      COUNT => TILE_ROWS
    )
    port map (
      clk     => clk,
      rst     => rst,
      restart => start,
      step    => next_row,
      value   => this_row,
      ends    => open
    );

  tiles_of_row : entity work.bxnn_cyclic_counter
    generic map (
      COUNT => TILE_COLUMNS
    )
    port map (
      clk     => clk,
      rst     => rst,
      restart => start,
      step    => next_tile,
      value   => this_tile,
      ends    => open
    );

  this_bank <= to_unsigned(FIRST_BANK, BANK_WIDTH) when start = '1' else
               next_bank;

  address <= std_logic_vector(resize(unsigned(this_read), phase_bits(WORDS)) + FIRST_WORD);

  bank_of_row : process (clk)
  begin
    if rising_edge(clk) then
      if next_row = '1' then
        next_bank <= unsigned(element(NEXT_BANKS, to_integer(this_bank), BANK_WIDTH));
      else
        next_bank <= this_bank;
      end if;
    end if;
  end process bank_of_row;

  follow : process (clk)
  begin
    if rising_edge(clk) then
      step   <= read;
      tiles  <= next_tile;
      starts <= next_tile and (start or none_yet);
      if read = '1' then
        none_yet <= (start or none_yet) and not complete;
      end if;
      step_bank <= this_bank;
      step_row  <= unsigned(this_row);
      step_tile <= unsigned(this_tile);

      moves     <= step;
      completes <= tiles;
      begins    <= starts;
      tile      <= step_tile;

      valid <= completes;
      first <= begins;
      if rst = '1' then
        tiles     <= '0';
        completes <= '0';
        valid     <= '0';
      end if;
    end if;
  end process follow;

  control <= std_logic_vector(step_bank) & step;
  -- (Of one word, GHDL 2.0 makes a memory that it cannot write.)
  masks_of_rows : if TILE_ROWS > 1 generate
    on_image <= element(ROW_MASK, to_integer(step_row), ROWS);
  end generate masks_of_rows;

  mask_of_row : if TILE_ROWS = 1 generate
    on_image <= ROW_MASK;
  end generate mask_of_row;

  copy : for c in 0 to COPIES - 1 generate
    registered : entity work.bxnn_replica
      generic map (
        WIDTH => COPY_WIDTH
      )
      port map (
        clk => clk,
        rst => '0',
        d   => control,
        q   => control_q((c + 1) * COPY_WIDTH - 1 downto c * COPY_WIDTH)
      );
  end generate copy;

  row : for i in 0 to ROWS - 1 generate

    slice : for s in 0 to SLICES - 1 generate
      constant LOW  : natural  := s * SLICE_BITS;
      constant BITS : positive := minimum(SLICE_BITS, WORD_BITS - LOW);
      constant BASE : natural  := (i / COPY_ROWS * SLICES + s) * COPY_WIDTH;

      signal word    : std_logic_vector(BITS - 1 downto 0);
      signal by_bank : std_logic_vector(BUFFER_ROWS * BITS - 1 downto 0);
      signal bank    : std_logic_vector(BANK_WIDTH - 1 downto 0);
      signal shown   : std_logic;
      signal held    : std_logic_vector(WINDOW_WORDS * BITS - 1 downto 0) := (others => '0');
      signal moved   : std_logic_vector(WINDOW_WORDS * BITS - 1 downto 0);
    begin

      bank <= control_q(BASE + BANK_WIDTH downto BASE + 1);

      begins_in : for b in 0 to BUFFER_ROWS - 1 generate
        constant SOURCE : natural := wrapped(b + i) * WORD_BITS + LOW;
      begin
        by_bank((b + 1) * BITS - 1 downto b * BITS) <= column(SOURCE + BITS - 1 downto SOURCE);
      end generate begins_in;

      choice : entity work.bxnn_choice_tree
        generic map (
          CHOICES     => BUFFER_ROWS,
          BITS        => BITS,
          NUMBER_BITS => BANK_WIDTH
        )
        port map (
          number => bank,
          words  => by_bank,
          chosen => word
        );

      masked_row : if hides(ROW_MASK, i, ROWS) generate
        mask : entity work.bxnn_replica
          generic map (
            WIDTH => 1
          )
          port map (
            clk  => clk,
            rst  => '0',
            d(0) => on_image(i),
            q(0) => shown
          );
      end generate masked_row;

      plain_row : if not hides(ROW_MASK, i, ROWS) generate
        shown <= '1';
      end generate plain_row;

      -- The slice of every word of the window, the newest highest.
      moved(held'high downto held'high - BITS + 1) <= word when shown = '1' else
                                                      (others => '0');

      several : if WINDOW_WORDS > 1 generate
        moved(held'high - BITS downto 0) <= held(held'high downto BITS);
      end generate several;

      move : process (clk)
      begin
        if rising_edge(clk) then
          if control_q(BASE) = '1' then
            held <= moved;
          end if;
        end if;
      end process move;

      of_word : for w in 0 to WINDOW_WORDS - 1 generate
        constant TARGET : natural := i * ROW_BITS + w * WORD_BITS + LOW;
      begin
        window(TARGET + BITS - 1 downto TARGET) <= held((w + 1) * BITS - 1 downto w * BITS);
      end generate of_word;

    end generate slice;

    pixel : for j in 0 to COLUMNS - 1 generate
      part : for s in 0 to MASK_SLICES - 1 generate
        constant LOW    : natural  := s * MASK_BITS;
        constant BITS   : positive := minimum(MASK_BITS, PIXEL_BITS - LOW);
        constant SOURCE : natural  := i * ROW_BITS + (LEAD + j) * PIXEL_BITS + LOW;
        constant TARGET : natural  := (i * COLUMNS + j) * PIXEL_BITS + LOW;
        signal   shown  : std_logic;
      begin

        masked_pixel : if hides(COLUMN_MASK, j, COLUMNS) generate
          shown <= visible((i / MASK_ROWS * MASK_SLICES + s) * COLUMNS + j);
        end generate masked_pixel;

        plain_pixel : if not hides(COLUMN_MASK, j, COLUMNS) generate
          shown <= '1';
        end generate plain_pixel;

        out_data(TARGET + BITS - 1 downto TARGET) <= window(SOURCE + BITS - 1 downto SOURCE) when shown = '1' else
                                                     (others => '0');

      end generate part;
    end generate pixel;

  end generate row;

  edges : if MASKED generate
    signal of_tile : std_logic_vector(COLUMNS - 1 downto 0);
    -- What the mask will be; it stands while the window does.
    signal upcoming : std_logic_vector(COLUMNS - 1 downto 0);
  begin

    masks_of_tiles : if TILE_COLUMNS > 1 generate
      of_tile <= element(COLUMN_MASK, to_integer(tile), COLUMNS);
    end generate masks_of_tiles;

    mask_of_tile : if TILE_COLUMNS = 1 generate
      of_tile <= COLUMN_MASK;
    end generate mask_of_tile;

    upcoming <= of_tile when moves = '1' else
                visible(COLUMNS - 1 downto 0);

    mask : for c in 0 to MASK_COPIES - 1 generate
      shown : entity work.bxnn_replica
        generic map (
          WIDTH => COLUMNS
        )
        port map (
          clk => clk,
          rst => '0',
          d   => upcoming,
          q   => visible((c + 1) * COLUMNS - 1 downto c * COLUMNS)
        );
    end generate mask;

  end generate edges;

  out_valid <= valid;
  out_first <= first;

end architecture rtl;
