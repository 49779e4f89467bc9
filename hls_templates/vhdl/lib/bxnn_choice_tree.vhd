-- bxnn_choice_tree: one of many words, chosen four at a time, of which each bit of every choice is one LUT6.
--
-- Equation:  chosen = word number of words, the last one beyond it
-- Bits:      words = | word CHOICES-1 | ... | word 0 |, BITS each;
--            number = | ... | choice of four groups | choice of four words |, two bits each, but one first if they are odd
-- Latency:   0, combinational
-- II:        1
-- Cost:      0 DSP, 0 flip-flops; for each bit a LUT6 for every choice between up to four words, four groups of words,
--            and so on. The last word is passed to where it is an alternative to others.
--
-- The choices are entities for the reasons of bxnn_replica_page: of a number of words that is not a power of two,
-- synthesis would make more LUTs, and more of them in a row.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_choice_tree is
  generic (
    CHOICES     : positive; -- words
    BITS        : positive; -- bits of a word
    NUMBER_BITS : positive  -- bits of the number: enough for all words
  );
  port (
    number : in  std_logic_vector(NUMBER_BITS - 1 downto 0);
    words  : in  std_logic_vector(CHOICES * BITS - 1 downto 0);
    chosen : out std_logic_vector(BITS - 1 downto 0)
  );
end entity bxnn_choice_tree;

architecture rtl of bxnn_choice_tree is

  constant CHECKED : boolean := require(NUMBER_BITS >= phase_bits(CHOICES),
    "bxnn_choice_tree: NUMBER_BITS is " & integer'image(NUMBER_BITS) & ", CHOICES is " & integer'image(CHOICES));

  constant LEVELS : positive := (NUMBER_BITS + 1) / 2;

  -- What is left after a number of levels: results of choices, and after them the last word.
  function choices_of_level (level : natural) return natural is
    variable left : natural := CHOICES - 1;
  begin
    for l in 1 to level loop
      left := (left + 3) / 4;
    end loop;
    return left;
  end function choices_of_level;

  function first_of_level (level : natural) return natural is
    variable nodes_before : natural := 0;
  begin
    for l in 0 to level - 1 loop
      nodes_before := nodes_before + choices_of_level(l) + 1;
    end loop;
    return nodes_before;
  end function first_of_level;

  signal nodes : std_logic_vector(first_of_level(LEVELS + 1) * BITS - 1 downto 0);
  signal place : std_logic_vector(2 * LEVELS - 1 downto 0);

begin

  place <= std_logic_vector(resize(unsigned(number), place'length));

  nodes(CHOICES * BITS - 1 downto 0) <= words;

  each_level : for l in 0 to LEVELS - 1 generate
    constant BELOW : positive := choices_of_level(l) + 1;
    constant REACH : positive := 2 ** minimum(2, NUMBER_BITS - 2 * l); -- numbers of the two bits, or of the odd one
    constant LAST  : positive := first_of_level(l + 2) * BITS;
  begin

    each_choice : for q in 0 to choices_of_level(l + 1) - 1 generate
      constant FIRST : natural  := (first_of_level(l) + 4 * q) * BITS;
      constant TAKEN : positive := minimum(REACH, BELOW - 4 * q);
      constant OWN   : natural  := (first_of_level(l + 1) + q) * BITS;
    begin
      choice : entity work.bxnn_replica_choice
        generic map (
          WORDS => TAKEN,
          WIDTH => BITS
        )
        port map (
          number => place(2 * l + 1 downto 2 * l),
          x      => nodes(FIRST + TAKEN * BITS - 1 downto FIRST),
          y      => nodes(OWN + BITS - 1 downto OWN)
        );
    end generate each_choice;

    nodes(LAST - 1 downto LAST - BITS) <= words(words'high downto words'length - BITS);

  end generate each_level;

  -- One choice is left; of a single word there was none.
  chosen <= element(nodes, first_of_level(LEVELS), BITS);

end architecture rtl;
