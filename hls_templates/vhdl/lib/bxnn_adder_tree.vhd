-- bxnn_adder_tree: sum of INPUTS words in a pipelined binary tree.
--
-- Equation:  y = SUM over i of x(i), modulo 2**BITS (the compiler proves that the sum fits)
-- Bits:      x = | word INPUTS-1 | ... | word 0 |, BITS each, two's complement.
-- Latency:   ceil(log2 INPUTS), one register per level; 0 (a wire) for one input.
-- II:        1
-- Cost:      0 DSP; (INPUTS - 1) * BITS LUTs and as many flip-flops, plus BITS flip-flops for every word that
--            waits a level because it has no partner.
--
-- Nodes are numbered as in a binary heap: root 1, children of n are 2n and 2n+1, words are the leaves.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_adder_tree is
  generic (
    INPUTS : positive; -- words to add
    BITS   : positive  -- bits of a word and of the sum
  );
  port (
    clk : in  std_logic;
    x   : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    y   : out std_logic_vector(BITS - 1 downto 0)
  );
end entity bxnn_adder_tree;

architecture rtl of bxnn_adder_tree is

begin

  wire : if INPUTS = 1 generate
    y <= x;
  end generate wire;

  tree : if INPUTS > 1 generate
    constant NODES : positive := 2 ** tree_depth(INPUTS) - 1;
    type word_array is array (1 to NODES) of unsigned(BITS - 1 downto 0);
    signal node    : word_array := (others => (others => '0'));
  begin
    levels : process (clk)
      variable leaf : natural;
    begin
      if rising_edge(clk) then
        for n in 1 to NODES loop
          leaf := first_leaf(n, NODES);
          if leaf < INPUTS then
            if 2 * n > NODES then
              if leaf + 1 < INPUTS then
                node(n) <= unsigned(element(x, leaf, BITS)) + unsigned(element(x, leaf + 1, BITS));
              else
                node(n) <= unsigned(element(x, leaf, BITS));
              end if;
            elsif first_leaf(2 * n + 1, NODES) < INPUTS then
              node(n) <= node(2 * n) + node(2 * n + 1);
            else
              node(n) <= node(2 * n);
            end if;
          end if;
        end loop;
      end if;
    end process levels;
    y <= std_logic_vector(node(1));
  end generate tree;

end architecture rtl;
