-- bxnn_replica_choice: one of up to four words, of which each bit is one LUT6.
--
-- Equation:  y = word number of x, the last one beyond it
-- Bits:      x = | word WORDS-1 | ... | word 0 |, WIDTH bits each; number is unsigned.
-- Latency:   0, combinational
-- II:        1
-- Cost:      0 DSP, 0 flip-flops, a LUT6 for each bit.
--
-- It is an entity of its own for the reasons of bxnn_replica_page: of a number of words that is not a power of two,
-- synthesis would make more LUTs.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity bxnn_replica_choice is
  generic (
    WORDS : positive range 2 to 4; -- words
    WIDTH : positive               -- bits of a word
  );
  port (
    number : in  std_logic_vector(1 downto 0);
    x      : in  std_logic_vector(WORDS * WIDTH - 1 downto 0);
    y      : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica_choice;

architecture rtl of bxnn_replica_choice is

begin

  choose : process (number, x)
  begin
    y <= x(WORDS * WIDTH - 1 downto (WORDS - 1) * WIDTH);
    for q in 0 to WORDS - 2 loop
      if unsigned(number) = q then
        y <= x((q + 1) * WIDTH - 1 downto q * WIDTH);
      end if;
    end loop;
  end process choose;

end architecture rtl;
