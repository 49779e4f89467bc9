-- bxnn_operand_choice: the word of the present phase, one of those that a multiplier takes in turn. Synthesis maps it to
-- LUTs by itself: beside slower logic, it would compute the choices of several multipliers from each other.
--
-- Equation:  chosen = word WORD_OF(phase) of words, zero where WORD_OF is -1; the last phase's beyond the last phase
-- Bits:      words = | word CHOICES-1 | ... | word 0 |, BITS each
-- Latency:   0
-- II:        1
-- Cost:      0 DSP; per bit a LUT6 for every three words beyond the first, or those of bxnn_choice_tree; a LUT for each
--            bit of the number of a word, unless that is the phase.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_operand_choice is
  generic (
    CHOICES : positive;      -- words to choose from
    BITS    : positive;      -- bits of a word
    WORD_OF : integer_vector -- the word of every phase, -1: zero
  );
  port (
    phase  : in  std_logic_vector(phase_bits(WORD_OF'length) - 1 downto 0);
    words  : in  std_logic_vector(CHOICES * BITS - 1 downto 0);
    chosen : out std_logic_vector(BITS - 1 downto 0)
  );
end entity bxnn_operand_choice;

architecture rtl of bxnn_operand_choice is

  constant PHASES   : positive                        := WORD_OF'length;
  constant ROWS     : positive                        := 2 ** phase_bits(PHASES);
  constant PLACE_OF : integer_vector(0 to PHASES - 1) := WORD_OF;

  -- Whether some phase has no word: zero is then the word after the last.
  function some_are_zero return boolean is
    variable found : boolean := false;
  begin
    for p in PLACE_OF'range loop
      found := found or PLACE_OF(p) < 0;
    end loop;
    return found;
  end function some_are_zero;

  constant ZEROS       : natural  := boolean'pos(some_are_zero);
  constant NUMBER_BITS : positive := phase_bits(CHOICES + ZEROS);
  -- Of more words, synthesis would make more LUTs, and more of them in a row.
  constant FEW : positive := 6;

  -- The number of the word of every phase, and of those beyond the last. Numbers have as few bits as there are words, and
  -- are found once for all bits of a word: a word that comes in several phases is one input.
  function numbers_by_phase return std_logic_vector is
    variable found : std_logic_vector(ROWS * NUMBER_BITS - 1 downto 0);
    variable word  : integer;
  begin
    for p in 0 to ROWS - 1 loop
      word := PLACE_OF(minimum(p, PHASES - 1));
      if word < 0 then
        word := CHOICES;
      end if;
      found((p + 1) * NUMBER_BITS - 1 downto p * NUMBER_BITS) := std_logic_vector(to_unsigned(word, NUMBER_BITS));
    end loop;
    return found;
  end function numbers_by_phase;

  -- Whether the number of every word is its phase.
  function in_turn return boolean is
    variable found : boolean := not some_are_zero;
  begin
    for p in PLACE_OF'range loop
      found := found and PLACE_OF(p) = p;
    end loop;
    return found;
  end function in_turn;

  constant NUMBERS : std_logic_vector(ROWS * NUMBER_BITS - 1 downto 0) := numbers_by_phase;

  -- Whether phase and words are the inputs of one LUT.
  constant LUT_INPUTS : positive := 6;
  constant IN_ONE_LUT : boolean  := phase_bits(PHASES) + CHOICES <= LUT_INPUTS;

  signal number : std_logic_vector(NUMBER_BITS - 1 downto 0);

begin

  same : if in_turn generate
    number <= phase;
  end generate same;

  one_lut : if not in_turn and IN_ONE_LUT generate

    look_up : process (phase)
      variable found : std_logic_vector(NUMBER_BITS - 1 downto 0);
    begin
      found := (others => '0');
      for p in 0 to ROWS - 1 loop
        found := found or only_if(unsigned(phase) = p, element(NUMBERS, p, NUMBER_BITS));
      end loop;
      number <= found;
    end process look_up;

  end generate one_lut;

  -- Apart from what chooses: synthesis would make the phase an input of all its LUTs, and choose repeatedly.
  looked_up : if not in_turn and not IN_ONE_LUT generate
    numbers_of_words : entity work.bxnn_replica_table
      generic map (
        WORDS    => ROWS,
        WIDTH    => NUMBER_BITS,
        CONTENTS => NUMBERS
      )
      port map (
        place => phase,
        data  => number
      );
  end generate looked_up;

  among_few : if CHOICES + ZEROS <= FEW generate
    signal by_number : std_logic_vector(2 ** NUMBER_BITS * BITS - 1 downto 0);
  begin

    row : for n in 0 to 2 ** NUMBER_BITS - 1 generate

      nothing : if n >= CHOICES and some_are_zero generate
        by_number((n + 1) * BITS - 1 downto n * BITS) <= (others => '0');
      end generate nothing;

      -- Numbers that no phase has choose the last word: a smaller multiplexer.
      word : if n < CHOICES or not some_are_zero generate
        constant PLACE : natural := minimum(n, CHOICES - 1);
      begin
        by_number((n + 1) * BITS - 1 downto n * BITS) <= words((PLACE + 1) * BITS - 1 downto PLACE * BITS);
      end generate word;

    end generate row;

    chosen <= chosen_word(by_number, number, BITS);

  end generate among_few;

  among_many : if CHOICES + ZEROS > FEW generate
    signal numbered : std_logic_vector((CHOICES + ZEROS) * BITS - 1 downto 0);
  begin

    numbered <= std_logic_vector(resize(unsigned(words), numbered'length));

    tree : entity work.bxnn_choice_tree
      generic map (
        CHOICES     => CHOICES + ZEROS,
        BITS        => BITS,
        NUMBER_BITS => NUMBER_BITS
      )
      port map (
        number => number,
        words  => numbered,
        chosen => chosen
      );

  end generate among_many;

end architecture rtl;
