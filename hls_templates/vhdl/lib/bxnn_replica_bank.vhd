-- bxnn_replica_bank: registers with the words of an event, phase after phase, from memories loaded at run time.
--
-- Equation:  data = row p of a bank in cycle p of an event, row 0 between events; valid comes in cycle -EARLY
--            the bank is what bank was in the cycle before cycle 0, whatever bank does during the event; if that was
--            the first cycle of a reset, it may be the one of the event that the reset ended
-- Bits:      CONTENTS = | row DEPTH-1 | ... | row 1 | row 0 |, both banks at power-up
--            row = | column COLUMNS-1 | ... | column 0 |, COLUMN_BITS each
--            column = | piece PIECES-1 | ... | piece 0 |, PIECE_BITS each, the highest perhaps fewer
--            place = | bank | phase |, take = | column COLUMNS-1: piece PIECES-1 .. 0 | ... | column 0 |
-- Time:      as bxnn_replica_rom: in every cycle of an event the registers load the next row.
--
--            bank     b| ?   ?   ?   ?
--            valid    _|1|_______________     EARLY = 0
--            count     0   1   2   3   0     DEPTH = 4
--            data     r0  r1  r2  r3  r0     rows of bank b
--
-- Latency:   0: row 0 is there before valid is. A word that is taken can be read in the next cycle.
-- II:        DEPTH
-- Cost:      0 DSP; COLUMNS * COLUMN_BITS flip-flops, and for DEPTH > 1 those of the count, one for the bank and
--            EARLY; four LUTs (RAM32M) for every 6 bits of a piece up to 16 rows, for every 3 (RAM64M) up to 32.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_replica_bank is
  generic (
    DEPTH       : positive;                  -- rows of a bank
    COLUMNS     : positive;                  -- words of a row
    COLUMN_BITS : positive;                  -- bits of a word
    PIECES      : positive;                  -- pieces in which a word is loaded
    PLACE_BITS  : positive;                  -- bits of place
    LOAD_BITS   : positive;                  -- bits of a word that is loaded
    EARLY       : natural range 0 to 1 := 0; -- cycles from valid to row 0
    CONTENTS    : std_logic_vector           -- the rows, row 0 lowest
  );
  port (
    clk   : in  std_logic;
    rst   : in  std_logic;
    valid : in  std_logic;
    bank  : in  std_logic;
    take  : in  std_logic_vector(COLUMNS * PIECES - 1 downto 0);
    place : in  std_logic_vector(PLACE_BITS - 1 downto 0);
    word  : in  std_logic_vector(LOAD_BITS - 1 downto 0);
    data  : out std_logic_vector(COLUMNS * COLUMN_BITS - 1 downto 0)
  );
end entity bxnn_replica_bank;

architecture rtl of bxnn_replica_bank is

  constant PHASE_WIDTH : natural  := ceil_log2(DEPTH);
  constant PIECE_BITS  : positive := (COLUMN_BITS + PIECES - 1) / PIECES;

  constant ROWS : std_logic_vector(DEPTH * COLUMNS * COLUMN_BITS - 1 downto 0) := CONTENTS;

  signal read_bank  : std_logic;
  signal read_place : std_logic_vector(PHASE_WIDTH downto 0);
  signal load_place : std_logic_vector(PHASE_WIDTH downto 0);

begin

  one_row : if DEPTH = 1 generate
    read_bank  <= bank;
    read_place <= (others => read_bank);
    load_place <= place(PLACE_BITS - 1 downto PLACE_BITS - 1);
  end generate one_row;

  several_rows : if DEPTH > 1 generate
    signal started   : std_logic                          := '0';
    signal start     : std_logic;
    signal count     : unsigned(PHASE_WIDTH - 1 downto 0) := (others => '0');
    signal later     : unsigned(PHASE_WIDTH - 1 downto 0);
    signal held_bank : std_logic                          := '0';

    attribute keep                    : string;
    attribute dont_touch              : string;
    attribute preserve                : boolean;
    attribute dont_merge              : boolean;
    attribute keep of started         : signal is "true";
    attribute keep of count           : signal is "true";
    attribute keep of held_bank       : signal is "true";
    attribute dont_touch of started   : signal is "true";
    attribute dont_touch of count     : signal is "true";
    attribute dont_touch of held_bank : signal is "true";
    attribute preserve of started     : signal is true;
    attribute preserve of count       : signal is true;
    attribute preserve of held_bank   : signal is true;
    attribute dont_merge of started   : signal is true;
    attribute dont_merge of count     : signal is true;
    attribute dont_merge of held_bank : signal is true;
  begin

    start <= started when EARLY = 1 else
             valid;

    -- The next phase, 0 after 0, after the last one and after phases that there are not.
    advance : process (count, start)
      variable following : std_logic_vector(count'range);
    begin
      following := (others => '0');
      for p in 1 to DEPTH - 2 loop
        following := following or only_if(count = p, std_logic_vector(to_unsigned(p + 1, count'length)));
      end loop;
      later <= unsigned(following);
      if start = '1' then
        later <= to_unsigned(1, count'length);
      end if;
    end process advance;

    -- The next row is that of an event under way, or the first one of an event to come.
    read_bank  <= held_bank when later /= 0 else
                  bank;
    read_place <= read_bank & std_logic_vector(later);
    load_place <= place(PLACE_BITS - 1) & place(PHASE_WIDTH - 1 downto 0);

    counter : process (clk)
    begin
      if rising_edge(clk) then
        started   <= valid;
        count     <= later;
        held_bank <= read_bank;
        if rst = '1' then
          started <= '0';
          count   <= (others => '0');
        end if;
      end if;
    end process counter;

  end generate several_rows;

  column : for c in 0 to COLUMNS - 1 generate
    piece : for i in 0 to PIECES - 1 generate
      constant LOW  : natural  := c * COLUMN_BITS + i * PIECE_BITS;
      constant BITS : positive := minimum(PIECE_BITS, COLUMN_BITS - i * PIECE_BITS);

      type word_array is array (2 ** (PHASE_WIDTH + 1) - 1 downto 0) of std_logic_vector(BITS - 1 downto 0);

      -- Both banks have the same rows.
      function at_power_up return word_array is
        variable found : word_array := (others => (others => '0'));
      begin
        for b in 0 to 1 loop
          for p in 0 to DEPTH - 1 loop
            found(b * 2 ** PHASE_WIDTH + p) := ROWS(p * COLUMNS * COLUMN_BITS + LOW + BITS - 1 downto
                                                    p * COLUMNS * COLUMN_BITS + LOW);
          end loop;
        end loop;
        return found;
      end function at_power_up;

      signal memory : word_array                          := at_power_up;
      signal found  : std_logic_vector(BITS - 1 downto 0) := ROWS(LOW + BITS - 1 downto LOW);

      attribute ram_style           : string;
      attribute ram_style of memory : signal is "distributed";
    begin

      access_ports : process (clk)
      begin
        if rising_edge(clk) then
          if take(c * PIECES + i) = '1' then
            memory(to_integer(unsigned(load_place))) <= word(BITS - 1 downto 0);
          end if;
          found <= memory(to_integer(unsigned(read_place)));
        end if;
      end process access_ports;

      data(LOW + BITS - 1 downto LOW) <= found;

    end generate piece;
  end generate column;

end architecture rtl;
