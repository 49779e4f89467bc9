-- bxnn_adder_tree: sum of INPUTS words in a pipelined binary tree.
--
-- Equation:  y = SUM over i of x(i), modulo 2**BITS (the compiler proves that the sum fits)
-- Bits:      x = | word INPUTS-1 | ... | word 0 |, BITS each, two's complement. The sum of node n has NODE_BITS(n - 1)
--            bits if the compiler has proven that it needs no more.
-- Latency:   tree_stages(INPUTS, LEVELS_PER_STAGE, OPEN_LEVELS); 0 (a wire) for one input. A register follows every
--            LEVELS_PER_STAGE levels and the last one; with OPEN_LEVELS = 1 the last level has none, and the reader
--            of y starts with one:
--
--            8 words, LEVELS_PER_STAGE = 2:    x -> + -> + -> reg -> + -> reg -> y
--            with OPEN_LEVELS = 1:             x -> + -> + -> reg -> + -> y
-- II:        1
-- Cost:      0 DSP; a LUT per bit of every node, a flip-flop per bit of each node of a level with registers, whether it
--            adds or waits because it has no partner.
--
-- Nodes are numbered as in a binary heap: root 1, children of n are 2n and 2n+1, words are the leaves.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_adder_tree is
  generic (
    INPUTS           : positive;                        -- words to add
    BITS             : positive;                        -- bits of a word and of the sum
    LEVELS_PER_STAGE : positive             := 1;       -- levels of the tree between two registers
    OPEN_LEVELS      : natural range 0 to 1 := 0;       -- levels after the last register
    NODE_BITS        : integer_vector       := (0 => 0) -- bits of every node, the root first; a single 0: BITS
  );
  port (
    clk : in  std_logic;
    x   : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    y   : out std_logic_vector(BITS - 1 downto 0)
  );
end entity bxnn_adder_tree;

architecture rtl of bxnn_adder_tree is

  constant WIDTHS : integer_vector(1 to NODE_BITS'length) := NODE_BITS;

  -- Bits of a node.
  function bits_of (node : positive) return positive is
  begin
    if WIDTHS(1) = 0 then
      return BITS;
    end if;
    return WIDTHS(node);
  end function bits_of;

  -- a + b in a number of bits, extended to BITS. The lowest bit is written separately; otherwise synthesis merges levels
  -- without registers between them into carry-save adders, which take longer. Its LUT is that of the chain's first bit.
  function added (a, b : unsigned(BITS - 1 downto 0); width : positive) return unsigned is
    variable total : unsigned(width - 1 downto 0) := a(width - 1 downto 0) + b(width - 1 downto 0);
  begin
    total(0) := a(0) xor b(0);
    return unsigned(resize(signed(total), BITS));
  end function added;

  -- The same for the last adder where it has no register.
  function open_sum (a, b : unsigned(BITS - 1 downto 0)) return std_logic_vector is
    variable total : unsigned(BITS - 1 downto 0) := a + b;
  begin
    return std_logic_vector(resize(signed(total(bits_of(1) - 1 downto 0)), BITS));
  end function open_sum;

begin

  wire : if INPUTS = 1 generate
    y <= x;
  end generate wire;

  two : if INPUTS = 2 and OPEN_LEVELS = 1 generate
    y <= open_sum(unsigned(element(x, 0, BITS)), unsigned(element(x, 1, BITS)));
  end generate two;

  tree : if INPUTS > 2 or (INPUTS = 2 and OPEN_LEVELS = 0) generate
    constant DEPTH : positive := tree_depth(INPUTS);
    constant NODES : positive := 2 ** DEPTH - 1;

    subtype word is unsigned(BITS - 1 downto 0);
    type word_array is array (1 to NODES) of word;
    signal node : word_array := (others => (others => '0'));

    constant HELD : boolean_vector(1 to NODES) := registered_nodes(DEPTH, LEVELS_PER_STAGE, OPEN_LEVELS);
  begin
    levels : process (clk)
      variable sum  : word_array;
      variable leaf : natural;
    begin
      if rising_edge(clk) then
        for n in NODES downto 1 + OPEN_LEVELS loop
          leaf := first_leaf(n, NODES);
          if leaf < INPUTS then
            if 2 * n > NODES then
              sum(n) := unsigned(element(x, leaf, BITS));
              if leaf + 1 < INPUTS then
                sum(n) := added(sum(n), unsigned(element(x, leaf + 1, BITS)), bits_of(n));
              end if;
            elsif HELD(2 * n) then
              sum(n) := node(2 * n);
              if first_leaf(2 * n + 1, NODES) < INPUTS then
                sum(n) := added(sum(n), node(2 * n + 1), bits_of(n));
              end if;
            else
              sum(n) := sum(2 * n);
              if first_leaf(2 * n + 1, NODES) < INPUTS then
                sum(n) := added(sum(n), sum(2 * n + 1), bits_of(n));
              end if;
            end if;
            if HELD(n) then
              node(n) <= sum(n);
            end if;
          end if;
        end loop;
      end if;
    end process levels;

    closed : if OPEN_LEVELS = 0 generate
      y <= std_logic_vector(node(1));
    end generate closed;

    open_root : if OPEN_LEVELS = 1 generate
      y <= open_sum(node(2), node(3));
    end generate open_root;
  end generate tree;

end architecture rtl;
