-- bxnn_weight_bank: rows of words, each in its cycle of an event, of which there are two sets; one is loaded meanwhile.
--
-- It takes the place of bxnn_weight_rom where weights or biases are loaded at run time.
--
-- Equation:  data = row p of a bank in cycle p of an event, row 0 between events (see bxnn_replica_bank)
-- Bits:      CONTENTS = | row DEPTH-1 | ... | row 1 | row 0 |, both banks at power-up
--            row = | column COLUMNS-1 | ... | column 0 |, COLUMN_BITS each
--            A column c with LOADED(c) = 0 is constant: its word of row 0.
-- Loading:   A token visits the pieces, column after column, the lowest piece first; a piece takes a word in every
--            write while it has the token. step comes with the write of its last row.
--
--            enter   _|1|___________________
--            write   _____|1|_|1|_|1|_|1|___      two pieces of two rows
--            step    _________|1|_____|1|___
--            token            0       1
--            leaves  _________________|1|___
--
-- Copies:    with VALID_COUNT > 0, valid_copies are equal to valid; each starts neighbouring counters.
-- Latency:   0
-- II:        DEPTH
-- Cost:      0 DSP; that of bxnn_replica_bank for every PER_COUNTER loaded columns, and a flip-flop and two LUTs for
--            every piece that is loaded.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_weight_bank is
  generic (
    DEPTH       : positive;                  -- rows of a bank
    COLUMNS     : positive;                  -- words of a row
    COLUMN_BITS : positive;                  -- bits of a word
    LOADED      : integer_vector;            -- 1: the column is loaded; 0: it is constant
    PIECES      : positive;                  -- pieces in which a word is loaded
    PER_COUNTER : natural              := 0; -- columns that share a phase counter; 0: all
    PLACE_BITS  : positive;                  -- bits of place
    LOAD_BITS   : positive;                  -- bits of a word that is loaded
    EARLY       : natural range 0 to 1 := 0; -- cycles from valid to row 0
    VALID_COUNT : natural              := 0; -- copies of valid; 0: valid itself starts all counters
    CONTENTS    : std_logic_vector           -- the rows, row 0 lowest
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    bank         : in  std_logic;
    begins       : in  std_logic;
    enter        : in  std_logic;
    write        : in  std_logic;
    step         : in  std_logic;
    place        : in  std_logic_vector(PLACE_BITS - 1 downto 0);
    word         : in  std_logic_vector(LOAD_BITS - 1 downto 0);
    valid_copies : in  std_logic_vector(max(1, VALID_COUNT) - 1 downto 0) := (others => '0');
    leaves       : out std_logic;
    data         : out std_logic_vector(COLUMNS * COLUMN_BITS - 1 downto 0)
  );
end entity bxnn_weight_bank;

architecture rtl of bxnn_weight_bank is

  constant CONTENTS_FIT : boolean := require(CONTENTS'length = DEPTH * COLUMNS * COLUMN_BITS,
    "bxnn_weight_bank: CONTENTS has " & integer'image(CONTENTS'length) & " bits, DEPTH * COLUMNS * COLUMN_BITS is "
    & integer'image(DEPTH * COLUMNS * COLUMN_BITS));
  constant LOADED_FITS  : boolean := require(LOADED'length = COLUMNS,
    "bxnn_weight_bank: LOADED has " & integer'image(LOADED'length) & " entries, COLUMNS is "
    & integer'image(COLUMNS));

  constant ROWS  : std_logic_vector(DEPTH * COLUMNS * COLUMN_BITS - 1 downto 0) := CONTENTS;
  constant IS_ON : integer_vector(0 to COLUMNS - 1)                             := LOADED;

  -- For each column the number of loaded ones below it; entry COLUMNS is their total number.
  function numbers return integer_vector is
    variable found : integer_vector(0 to COLUMNS) := (others => 0);
  begin
    for c in 0 to COLUMNS - 1 loop
      found(c + 1) := found(c) + IS_ON(c);
    end loop;
    return found;
  end function numbers;

  constant NUMBER : integer_vector(0 to COLUMNS) := numbers;
  constant COUNT  : natural                      := NUMBER(COLUMNS);

begin

  nothing : if COUNT = 0 generate
    leaves <= enter;
  end generate nothing;

  something : if COUNT > 0 generate
    constant PER_CHUNK : positive                                      := chunk(COUNT, PER_COUNTER);
    signal   token     : std_logic_vector(COUNT * PIECES - 1 downto 0) := (others => '0');
    signal   take      : std_logic_vector(COUNT * PIECES - 1 downto 0);
    signal   data_on   : std_logic_vector(COUNT * COLUMN_BITS - 1 downto 0);
  begin

    visit : process (clk)
    begin
      if rising_edge(clk) then
        if begins = '1' then
          token <= (others => '0');
        elsif step = '1' then
          for i in 1 to token'high loop
            token(i) <= token(i - 1);
          end loop;
          token(0) <= '0';
        end if;
        if enter = '1' then
          token(0) <= '1';
        end if;
      end if;
    end process visit;

    leaves <= token(token'high) and step;

    taking : for i in token'range generate
      take(i) <= token(i) and write;
    end generate taking;

    counter : for g in 0 to (COUNT - 1) / PER_CHUNK generate
      constant LOW   : natural  := g * PER_CHUNK;
      signal starts  : std_logic;
      constant TAKEN : positive := minimum(PER_CHUNK, COUNT - LOW);

      function taken_rows return std_logic_vector is
        variable found   : std_logic_vector(DEPTH * TAKEN * COLUMN_BITS - 1 downto 0);
        variable i       : integer;
        variable low_bit : natural;
      begin
        for c in 0 to COLUMNS - 1 loop
          i := NUMBER(c) - LOW;
          if IS_ON(c) = 1 and i >= 0 and i < TAKEN then
            for p in 0 to DEPTH - 1 loop
              low_bit := (p * TAKEN + i) * COLUMN_BITS;
              found(low_bit + COLUMN_BITS - 1 downto low_bit) := element(ROWS, p * COLUMNS + c, COLUMN_BITS);
            end loop;
          end if;
        end loop;
        return found;
      end function taken_rows;
    begin
      starts <= valid when VALID_COUNT = 0 else
                valid_copies(copy_of(g, (COUNT - 1) / PER_CHUNK + 1, max(1, VALID_COUNT)));

      words : entity work.bxnn_replica_bank
        generic map (
          DEPTH       => DEPTH,
          COLUMNS     => TAKEN,
          COLUMN_BITS => COLUMN_BITS,
          PIECES      => PIECES,
          PLACE_BITS  => PLACE_BITS,
          LOAD_BITS   => LOAD_BITS,
          EARLY       => EARLY,
          CONTENTS    => taken_rows
        )
        port map (
          clk   => clk,
          rst   => rst,
          valid => starts,
          bank  => bank,
          take  => take((LOW + TAKEN) * PIECES - 1 downto LOW * PIECES),
          place => place,
          word  => word,
          data  => data_on((LOW + TAKEN) * COLUMN_BITS - 1 downto LOW * COLUMN_BITS)
        );
    end generate counter;

    wiring : for c in 0 to COLUMNS - 1 generate
      from_bank : if IS_ON(c) = 1 generate
        data((c + 1) * COLUMN_BITS - 1 downto c * COLUMN_BITS) <=
          data_on((NUMBER(c) + 1) * COLUMN_BITS - 1 downto NUMBER(c) * COLUMN_BITS);
      end generate from_bank;
    end generate wiring;

  end generate something;

  fixed : for c in 0 to COLUMNS - 1 generate
    never_changes : if IS_ON(c) = 0 generate
      data((c + 1) * COLUMN_BITS - 1 downto c * COLUMN_BITS) <=
        ROWS((c + 1) * COLUMN_BITS - 1 downto c * COLUMN_BITS);
    end generate never_changes;
  end generate fixed;

end architecture rtl;
