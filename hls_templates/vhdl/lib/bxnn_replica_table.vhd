-- bxnn_replica_table: constant words of which one is looked up, however many there are.
--
-- Equation:  data = word place of CONTENTS, undefined beyond the last
-- Bits:      CONTENTS = | word WORDS-1 | ... | word 1 | word 0 |, WIDTH bits each; place is unsigned.
--
--            place = | ... | choice of four groups | choice of four pages | word of a page, 6 bits |
--
-- Latency:   0, combinational
-- II:        1
-- Cost:      0 DSP, 0 flip-flops; for each bit a LUT6 for every page of 64 words in which it changes, and one for every
--            choice between up to four pages, four groups of pages, and so on.
--
-- Pages and choices are entities for the reasons of bxnn_replica_page.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_replica_table is
  generic (
    WORDS    : positive;               -- words
    WIDTH    : positive range 1 to 32; -- bits of a word, as many as a page may have
    CONTENTS : std_logic_vector        -- the words, word 0 lowest
  );
  port (
    place : in  std_logic_vector(phase_bits(WORDS) - 1 downto 0);
    data  : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica_table;

architecture rtl of bxnn_replica_table is

  constant FLAT : std_logic_vector(WORDS * WIDTH - 1 downto 0) := CONTENTS;

  constant PAGE_ROWS  : positive := 64; -- words of which a LUT6 holds a bit
  constant PAGE_COUNT : positive := (WORDS + PAGE_ROWS - 1) / PAGE_ROWS;

  -- Words after a number of levels of choices between four, and those of all levels before.
  function nodes_of_level (level : natural) return positive is
    variable left : positive := PAGE_COUNT;
  begin
    for l in 1 to level loop
      left := (left + 3) / 4;
    end loop;
    return left;
  end function nodes_of_level;

  function first_of_level (level : natural) return natural is
    variable nodes_before : natural := 0;
  begin
    for l in 0 to level - 1 loop
      nodes_before := nodes_before + nodes_of_level(l);
    end loop;
    return nodes_before;
  end function first_of_level;

  constant LEVELS : natural := (ceil_log2(PAGE_COUNT) + 1) / 2;

  signal nodes  : std_logic_vector(first_of_level(LEVELS + 1) * WIDTH - 1 downto 0);
  signal number : std_logic_vector(5 + 2 * LEVELS downto 0);

begin

  number <= std_logic_vector(resize(unsigned(place), number'length));

  each_page : for q in 0 to PAGE_COUNT - 1 generate
    constant TAKEN : positive := minimum(PAGE_ROWS, WORDS - q * PAGE_ROWS);
  begin
    page : entity work.bxnn_replica_page
      generic map (
        WORDS    => TAKEN,
        WIDTH    => WIDTH,
        CONTENTS => FLAT((q * PAGE_ROWS + TAKEN) * WIDTH - 1 downto q * PAGE_ROWS * WIDTH)
      )
      port map (
        place => number(5 downto 0),
        data  => nodes((q + 1) * WIDTH - 1 downto q * WIDTH)
      );
  end generate each_page;

  -- Two bits of the place choose one of four pages, the next two one of four groups of these, and so on.
  each_level : for l in 0 to LEVELS - 1 generate
    constant BELOW : positive := nodes_of_level(l);
  begin
    each_node : for q in 0 to nodes_of_level(l + 1) - 1 generate
      constant FIRST : natural  := (first_of_level(l) + 4 * q) * WIDTH;
      constant TAKEN : positive := minimum(4, BELOW - 4 * q);
      constant OWN   : natural  := (first_of_level(l + 1) + q) * WIDTH;
    begin
      single : if TAKEN = 1 generate
        nodes(OWN + WIDTH - 1 downto OWN) <= nodes(FIRST + WIDTH - 1 downto FIRST);
      end generate single;

      several : if TAKEN > 1 generate
        choice : entity work.bxnn_replica_choice
          generic map (
            WORDS => TAKEN,
            WIDTH => WIDTH
          )
          port map (
            number => number(7 + 2 * l downto 6 + 2 * l),
            x      => nodes(FIRST + TAKEN * WIDTH - 1 downto FIRST),
            y      => nodes(OWN + WIDTH - 1 downto OWN)
          );
      end generate several;
    end generate each_node;
  end generate each_level;

  data <= nodes(nodes'high downto nodes'length - WIDTH);

end architecture rtl;
