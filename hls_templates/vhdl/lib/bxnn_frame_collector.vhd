-- bxnn_frame_collector: gathers an image that arrives word by word and presents all of it at once.
--
-- Equation:  pixel (r, x) of y is what word (r, x / WORD_PIXELS) of the frame carried; pixels of a row's last word
--            past COLUMNS are dropped
-- Bits:      a word holds WORD_PIXELS pixels of PIXEL_BITS, the leftmost lowest; y has the pixels of the image, row
--            after row, the first lowest.
-- Time:      words arrive in order, the first of a frame with in_first = '1'.
-- Latency:   1 from the last word of a frame: y_valid, for one cycle; y changes with the next frame's first word.
-- II:        the number of words in a frame
-- Cost:      0 DSP; a flip-flop per bit of the image; a flip-flop and two LUTs per word, whose turn it may be.
library ieee;
use ieee.std_logic_1164.all;

entity bxnn_frame_collector is
  generic (
    ROWS        : positive; -- rows of the image
    COLUMNS     : positive; -- columns of the image
    WORD_PIXELS : positive; -- pixels in a word
    PIXEL_BITS  : positive  -- bits of a pixel, all channels
  );
  port (
    clk      : in  std_logic;
    rst      : in  std_logic;
    in_valid : in  std_logic;
    in_first : in  std_logic;
    in_data  : in  std_logic_vector(WORD_PIXELS * PIXEL_BITS - 1 downto 0);
    ends     : out std_logic;
    y_valid  : out std_logic;
    y        : out std_logic_vector(ROWS * COLUMNS * PIXEL_BITS - 1 downto 0)
  );
end entity bxnn_frame_collector;

architecture rtl of bxnn_frame_collector is

  constant ROW_WORDS : positive := (COLUMNS + WORD_PIXELS - 1) / WORD_PIXELS;
  constant WORDS     : positive := ROWS * ROW_WORDS;

  -- Whose turn it is after that of v.
  function following (v : std_logic_vector(WORDS - 1 downto 0)) return std_logic_vector is
    variable found : std_logic_vector(WORDS - 1 downto 0);
  begin
    for w in v'range loop
      found((w + 1) mod WORDS) := v(w);
    end loop;
    return found;
  end function following;

  constant FIRST_TURN  : std_logic_vector(WORDS - 1 downto 0) := (0 => '1', others => '0');
  constant SECOND_TURN : std_logic_vector(WORDS - 1 downto 0) := following(FIRST_TURN);

  -- Which word comes next, one bit per word; word 0 between frames.
  signal turn  : std_logic_vector(WORDS - 1 downto 0) := FIRST_TURN;
  signal takes : std_logic_vector(WORDS - 1 downto 0);
  signal done  : std_logic                            := '0';

begin

  takes <= (others => '0') when in_valid = '0' else
           FIRST_TURN when in_first = '1' else
           turn;

  counter : process (clk)
  begin
    if rising_edge(clk) then
      done <= takes(WORDS - 1);
      if in_valid = '1' then
        if in_first = '1' then
          turn <= SECOND_TURN;
        else
          turn <= following(turn);
        end if;
      end if;
      if rst = '1' then
        turn <= FIRST_TURN;
        done <= '0';
      end if;
    end if;
  end process counter;

  row : for r in 0 to ROWS - 1 generate
    word : for w in 0 to ROW_WORDS - 1 generate
      constant FIRST  : natural := w * WORD_PIXELS;
      constant PIXELS : natural := minimum(WORD_PIXELS, COLUMNS - FIRST);
      constant LOW    : natural := (r * COLUMNS + FIRST) * PIXEL_BITS;
      signal   held   : std_logic_vector(PIXELS * PIXEL_BITS - 1 downto 0) := (others => '0');
    begin

      load : process (clk)
      begin
        if rising_edge(clk) then
          if takes(r * ROW_WORDS + w) = '1' then
            held <= in_data(PIXELS * PIXEL_BITS - 1 downto 0);
          end if;
        end if;
      end process load;

      y(LOW + PIXELS * PIXEL_BITS - 1 downto LOW) <= held;

    end generate word;
  end generate row;

  ends    <= takes(WORDS - 1);
  y_valid <= done;

end architecture rtl;
