-- bxnn_lane_sums: the sums of output lanes, each over the words formed by TERMS cascades or accumulators.
--
-- Equation:  sum(g * PRODUCTS + i) = SUM over t of lane i of word(g, t),  modulo 2**ACCUM_BITS
--            g = group of PRODUCTS lanes that share their DSPs, t = term
-- Bits:      words = | word of the last (g, t) | ... | word of (0, 0) |, PRODUCTS * LANE_BITS each, t counting first
--            word  = | field PRODUCTS-1 | ... | field 1 | field 0 |, LANE_BITS each; lane i of the word is
--            field(i) - 2**(LANE_BITS-1) for the lower lanes, field(PRODUCTS-1) signed
--            sums  = | lane OUTPUTS-1 | ... | lane 0 |, ACCUM_BITS each, signed; the last group may have fewer lanes
--            NODE_BITS: of lane 0's tree first, each as in bxnn_adder_tree; a single 0 stands for ACCUM_BITS everywhere
--
-- A negative sum would borrow from the lane above. The constant that starts a packed sum is therefore
-- 2**(LANE_BITS-1) higher in every lane but the highest, which makes those fields unsigned:
--
--            k = LANE_BITS      lane  -2**(k-1)       -1        0    2**(k-1)-1
--                               field    00..0     01..1    10..0    11..1
--
--            Subtracting it again inverts the field's highest bit. The compiler proves that no sum of a lane leaves
--            its k bits.
--
-- Latency:   tree_stages(TERMS, LEVELS_PER_STAGE, OPEN_LEVELS), the registers of bxnn_adder_tree.
-- II:        1
-- Cost:      0 DSP; an adder tree over TERMS words per output lane, whose LUTs absorb the inverters.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_lane_sums is
  generic (
    OUTPUTS          : positive;                  -- output lanes
    TERMS            : positive;                  -- words that are added up for one lane
    PRODUCTS         : positive;                  -- lanes of a word
    LANE_BITS        : positive;                  -- bits from one lane of a word to the next
    ACCUM_BITS       : positive;                  -- bits of a sum
    LEVELS_PER_STAGE : positive;                  -- levels of a tree between two registers
    OPEN_LEVELS      : natural range 0 to 1;      -- levels after the last register
    NODE_BITS        : integer_vector := (0 => 0) -- bits of every node of the trees, tree after tree; a single 0: all
  );
  port (
    clk   : in  std_logic;
    words : in  std_logic_vector((OUTPUTS + PRODUCTS - 1) / PRODUCTS * TERMS * PRODUCTS * LANE_BITS - 1 downto 0);
    sums  : out std_logic_vector(OUTPUTS * ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_lane_sums;

architecture rtl of bxnn_lane_sums is

  constant WIDTHS : integer_vector(0 to NODE_BITS'length - 1) := NODE_BITS;

  -- The bits of the nodes of one tree.
  function bits_of_tree (tree : natural) return integer_vector is
    constant NODES : natural := 2 ** ceil_log2(TERMS) - 1;
  begin
    if WIDTHS'length = 1 or NODES = 0 then
      return WIDTHS(0 to 0);
    end if;
    return WIDTHS(tree * NODES to (tree + 1) * NODES - 1);
  end function bits_of_tree;

begin

  output : for o in 0 to OUTPUTS - 1 generate
    signal addends : std_logic_vector(TERMS * ACCUM_BITS - 1 downto 0);
  begin

    addend : for t in 0 to TERMS - 1 generate
      constant LANE : natural := o mod PRODUCTS;
      constant LOW  : natural := (((o / PRODUCTS) * TERMS + t) * PRODUCTS + LANE) * LANE_BITS;
    begin

      lower : if LANE < PRODUCTS - 1 generate
        addends((t + 1) * ACCUM_BITS - 1 downto t * ACCUM_BITS) <= low_bits(
          signed(flip_sign(words(LOW + LANE_BITS - 1 downto LOW))), ACCUM_BITS);
      end generate lower;

      highest : if LANE = PRODUCTS - 1 generate
        addends((t + 1) * ACCUM_BITS - 1 downto t * ACCUM_BITS) <= low_bits(
          signed(words(LOW + LANE_BITS - 1 downto LOW)), ACCUM_BITS);
      end generate highest;

    end generate addend;

    tree : entity work.bxnn_adder_tree
      generic map (
        INPUTS           => TERMS,
        BITS             => ACCUM_BITS,
        LEVELS_PER_STAGE => LEVELS_PER_STAGE,
        OPEN_LEVELS      => OPEN_LEVELS,
        NODE_BITS        => bits_of_tree(o)
      )
      port map (
        clk => clk,
        x   => addends,
        y   => sums((o + 1) * ACCUM_BITS - 1 downto o * ACCUM_BITS)
      );

  end generate output;

end architecture rtl;
