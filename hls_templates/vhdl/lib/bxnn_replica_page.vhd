-- bxnn_replica_page: up to 64 constant words, of which each bit is one LUT6.
--
-- Equation:  data = word place of CONTENTS, 0 beyond the last
-- Bits:      CONTENTS = | word WORDS-1 | ... | word 0 |, WIDTH bits each; place is unsigned.
-- Latency:   0, combinational
-- II:        1
-- Cost:      0 DSP, 0 flip-flops, a LUT6 for each bit that is not the same in all words.
--
-- It is an entity of its own for the reasons of bxnn_replica: synthesis would join the pages of a large table, and no
-- bit of one could be told from the others.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_replica_page is
  generic (
    WORDS    : positive range 1 to 64; -- words
    WIDTH    : positive range 1 to 32; -- bits of a word, as many as bxnn_replica_rom has in a part
    CONTENTS : std_logic_vector        -- the words, word 0 lowest
  );
  port (
    place : in  std_logic_vector(5 downto 0);
    data  : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica_page;

architecture rtl of bxnn_replica_page is

  constant FLAT : std_logic_vector(WORDS * WIDTH - 1 downto 0) := CONTENTS;

begin

  -- A sum of products: no tool takes it for a memory.
  look_up : process (place)
    variable found : std_logic_vector(WIDTH - 1 downto 0);
  begin
    found := (others => '0');
    for p in 0 to WORDS - 1 loop
      found := found or only_if(unsigned(place) = p, FLAT((p + 1) * WIDTH - 1 downto p * WIDTH));
    end loop;
    data <= found;
  end process look_up;

end architecture rtl;
