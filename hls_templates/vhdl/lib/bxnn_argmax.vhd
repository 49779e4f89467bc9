-- bxnn_argmax: index of the largest element, in a pipelined binary tree of comparators.
--
-- Equation:  y = min { i : x(i) = max over j of x(j) }   (ties go to the lowest index)
-- Bits:      x = | element INPUTS-1 | ... | element 0 |, BITS each, signed codes when SIGNED_CODES = 1;
--            y is unsigned.
-- Latency:   max(1, ceil(log2 INPUTS)), one register per level. The last level loads only with its event, so
--            y holds until the next one; x is needed in cycle 0 only.
-- II:        1
-- Cost:      0 DSP; INPUTS - 1 comparators and two-way multiplexers, a register of BITS plus index bits per
--            node.
--
-- Nodes are numbered as in a binary heap: root 1, children of n are 2n and 2n+1, elements are the leaves.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_argmax is
  generic (
    INPUTS       : positive;             -- elements of x
    BITS         : positive;             -- bits of an element
    SIGNED_CODES : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    INDEX_BITS   : positive              -- bits of the index
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(INDEX_BITS - 1 downto 0)
  );
end entity bxnn_argmax;

architecture rtl of bxnn_argmax is

  constant CHECKED : boolean := require(INDEX_BITS >= ceil_log2(INPUTS),
    "bxnn_argmax: INDEX_BITS is " & integer'image(INDEX_BITS) & ", INPUTS = " & integer'image(INPUTS) & " needs "
    & integer'image(ceil_log2(INPUTS)));

  constant CYCLES : positive := argmax_latency(INPUTS);

  signal last_level : std_logic;

begin

  to_last_level : entity work.bxnn_valid_delay
    generic map (
      CYCLES => CYCLES - 1
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => valid,
      y_valid => last_level
    );

  to_result : entity work.bxnn_valid_delay
    generic map (
      CYCLES => 1
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => last_level,
      y_valid => y_valid
    );

  tree : if INPUTS > 1 generate
    constant NODES : positive := 2 ** tree_depth(INPUTS) - 1;

    subtype word is signed(operand_bits(BITS, SIGNED_CODES) - 1 downto 0);
    type word_array is array (1 to NODES) of word;
    type index_array is array (1 to NODES) of unsigned(INDEX_BITS - 1 downto 0);
    signal best  : word_array  := (others => (others => '0'));
    signal index : index_array := (others => (others => '0'));
  begin
    levels : process (clk)
      variable leaf        : natural;
      variable left        : word;
      variable right       : word;
      variable left_index  : unsigned(INDEX_BITS - 1 downto 0);
      variable right_index : unsigned(INDEX_BITS - 1 downto 0);
    begin
      if rising_edge(clk) then
        for n in 1 to NODES loop
          leaf := first_leaf(n, NODES);
          if leaf < INPUTS then
            if 2 * n > NODES then
              left       := to_operand(element(x, leaf, BITS), SIGNED_CODES, word'length);
              left_index := to_unsigned(leaf, INDEX_BITS);
            else
              left       := best(2 * n);
              left_index := index(2 * n);
            end if;
            right       := left;
            right_index := left_index;
            if 2 * n > NODES then
              if leaf + 1 < INPUTS then
                right       := to_operand(element(x, leaf + 1, BITS), SIGNED_CODES, word'length);
                right_index := to_unsigned(leaf + 1, INDEX_BITS);
              end if;
            elsif first_leaf(2 * n + 1, NODES) < INPUTS then
              right       := best(2 * n + 1);
              right_index := index(2 * n + 1);
            end if;
            if right > left then
              left       := right;
              left_index := right_index;
            end if;
            if n > 1 or last_level = '1' then
              best(n)  <= left;
              index(n) <= left_index;
            end if;
          end if;
        end loop;
      end if;
    end process levels;
    y <= std_logic_vector(index(1));
  end generate tree;

  only_one : if INPUTS = 1 generate
    y <= (others => '0');
  end generate only_one;

end architecture rtl;
