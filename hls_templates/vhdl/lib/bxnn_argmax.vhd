-- bxnn_argmax: index of the largest element, in a pipelined binary tree of comparators.
--
-- Equation:  y = min { i : x(i) = max over j of x(j) }   (ties go to the lowest index)
-- Bits:      x = | element INPUTS-1 | ... | element 0 |, BITS each, signed codes when SIGNED_CODES = 1;
--            y is unsigned. Every element goes through the tree of bxnn_max_tree with its index as a tag:
--
--                | element i, compared | i |
-- Latency:   max_tree_latency(INPUTS, LEVELS_PER_STAGE), registers as in bxnn_max_tree. The last level loads only
--            with its event, so y holds until the next one; x is needed in cycle 0 only.
-- II:        1
-- Cost:      0 DSP; INPUTS - 1 comparators and two-way multiplexers, a register of BITS plus index bits per
--            node of a level with registers; at the root for the index alone.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_argmax is
  generic (
    INPUTS           : positive;             -- elements of x
    BITS             : positive;             -- bits of an element
    SIGNED_CODES     : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    INDEX_BITS       : positive;             -- bits of the index
    LEVELS_PER_STAGE : positive := 1         -- levels of the tree between two registers
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

  constant TAGGED_BITS : positive := BITS + INDEX_BITS;

  function all_elements return integer_vector is
    variable taps : integer_vector(0 to INPUTS - 1);
  begin
    for i in taps'range loop
      taps(i) := i;
    end loop;
    return taps;
  end function all_elements;

  signal with_tag : std_logic_vector(INPUTS * TAGGED_BITS - 1 downto 0);
  signal best     : std_logic_vector(TAGGED_BITS - 1 downto 0);

begin

  tag : for i in 0 to INPUTS - 1 generate
    with_tag((i + 1) * TAGGED_BITS - 1 downto i * TAGGED_BITS) <=
      x((i + 1) * BITS - 1 downto i * BITS) & std_logic_vector(to_unsigned(i, INDEX_BITS));
  end generate tag;

  tree : entity work.bxnn_max_tree
    generic map (
      INPUTS           => INPUTS,
      OUTPUTS          => 1,
      WINDOW           => INPUTS,
      BITS             => TAGGED_BITS,
      TAG_BITS         => INDEX_BITS,
      SIGNED_CODES     => SIGNED_CODES,
      LEVELS_PER_STAGE => LEVELS_PER_STAGE,
      TAPS             => all_elements
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => valid,
      x       => with_tag,
      y_valid => y_valid,
      y       => best
    );

  y <= best(INDEX_BITS - 1 downto 0);

end architecture rtl;
