-- bxnn_max_tree: the largest element of each of many windows, in one pipelined binary tree of comparators each.
--
-- Equation:  y(o) = max over k of x(TAPS(o * WINDOW + k)), over the k whose entry is not -1; the first of equal ones
-- Bits:      x = | element INPUTS-1 | ... | element 0 |, BITS each, signed codes when SIGNED_CODES = 1;
--            y like x, OUTPUTS elements. TAPS lists WINDOW elements per output; entries of -1 (no element) come
--            last. The low TAG_BITS of an element travel with it and are not compared:
--
--                element = | code, compared | tag |
-- Latency:   max_tree_latency(WINDOW, LEVELS_PER_STAGE): a register after every LEVELS_PER_STAGE levels and the last.
--            With HELD = 1 the last level loads only with its event, so y holds until the next one; x is needed in
--            cycle 0 only. With HELD = 0 it loads in every cycle: x carries one element per lane and phase, and
--            so does y.
-- II:        1
-- Cost:      0 DSP; per output one comparator and two-way multiplexer fewer than it has taps, BITS flip-flops
--            per node of a level with registers.
--
-- Nodes are numbered as in a binary heap: root 1, children of n are 2n and 2n+1, taps are the leaves.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_max_tree is
  generic (
    INPUTS           : positive;                  -- elements of x
    OUTPUTS          : positive;                  -- elements of y
    WINDOW           : positive;                  -- entries of TAPS per output
    BITS             : positive;                  -- bits of an element
    TAG_BITS         : natural              := 0; -- low bits of an element that are not compared
    SIGNED_CODES     : natural range 0 to 1;      -- 1: x is two's complement; 0: unsigned
    HELD             : natural range 0 to 1 := 1; -- 1: y holds until the next event
    LEVELS_PER_STAGE : positive             := 1; -- levels of the tree between two registers
    TAPS             : integer_vector             -- element of x for each tap, or -1
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(OUTPUTS * BITS - 1 downto 0)
  );
end entity bxnn_max_tree;

architecture rtl of bxnn_max_tree is

  constant CHECKED_LENGTH : boolean := require(TAPS'length = OUTPUTS * WINDOW,
    "bxnn_max_tree: TAPS has " & integer'image(TAPS'length) & " entries, OUTPUTS * WINDOW is "
    & integer'image(OUTPUTS * WINDOW));

  -- Highest element that TAPS names; INPUTS if a window is empty or has a tap after a missing one.
  function highest_tap return natural is
    variable highest : integer := 0;
  begin
    for i in 0 to TAPS'length - 1 loop
      if i mod WINDOW = 0 then
        if TAPS(TAPS'low + i) < 0 then
          return INPUTS;
        end if;
      elsif TAPS(TAPS'low + i) >= 0 and TAPS(TAPS'low + i - 1) < 0 then
        return INPUTS;
      end if;
      highest := max(highest, TAPS(TAPS'low + i));
    end loop;
    return highest;
  end function highest_tap;

  constant CHECKED_TAPS : boolean := require(highest_tap < INPUTS,
    "bxnn_max_tree: TAPS has an empty window, a tap after -1, or an element beyond INPUTS = "
    & integer'image(INPUTS));

  constant CHECKED_TAG : boolean := require(TAG_BITS < BITS,
    "bxnn_max_tree: TAG_BITS is " & integer'image(TAG_BITS) & ", BITS only " & integer'image(BITS));

  constant DEPTH      : positive                   := max(1, tree_depth(WINDOW));
  constant NODES      : positive                   := 2 ** DEPTH - 1;
  constant REGISTERED : boolean_vector(1 to NODES) := registered_nodes(DEPTH, LEVELS_PER_STAGE, 0);

  signal last_level : std_logic;

begin

  to_last_level : entity work.bxnn_valid_delay
    generic map (
      CYCLES => max_tree_latency(WINDOW, LEVELS_PER_STAGE) - 1
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

  windows : for o in 0 to OUTPUTS - 1 generate

    subtype word is std_logic_vector(BITS - 1 downto 0);
    type word_array is array (1 to NODES) of word;

    -- Taps that are elements.
    function count return natural is
      variable found : natural := 0;
    begin
      for k in 0 to WINDOW - 1 loop
        if TAPS(TAPS'low + o * WINDOW + k) >= 0 then
          found := found + 1;
        end if;
      end loop;
      return found;
    end function count;

    function larger (a, b : word) return word is
      constant CODE_BITS : positive := BITS - TAG_BITS;
    begin
      if to_operand(b(BITS - 1 downto TAG_BITS), SIGNED_CODES, CODE_BITS + 1)
         > to_operand(a(BITS - 1 downto TAG_BITS), SIGNED_CODES, CODE_BITS + 1) then
        return b;
      end if;
      return a;
    end function larger;

    constant LEAVES : natural := count;

    signal node : word_array := (others => (others => '0'));

  begin

    levels : process (clk)
      variable best : word_array;
      variable leaf : natural;
    begin
      if rising_edge(clk) then
        for n in NODES downto 1 loop
          leaf := first_leaf(n, NODES);
          if leaf < LEAVES then
            if 2 * n > NODES then
              best(n) := element(x, TAPS(TAPS'low + o * WINDOW + leaf), BITS);
              if leaf + 1 < LEAVES then
                best(n) := larger(best(n), element(x, TAPS(TAPS'low + o * WINDOW + leaf + 1), BITS));
              end if;
            elsif REGISTERED(2 * n) then
              best(n) := node(2 * n);
              if first_leaf(2 * n + 1, NODES) < LEAVES then
                best(n) := larger(best(n), node(2 * n + 1));
              end if;
            else
              best(n) := best(2 * n);
              if first_leaf(2 * n + 1, NODES) < LEAVES then
                best(n) := larger(best(n), best(2 * n + 1));
              end if;
            end if;
            if REGISTERED(n) and (n > 1 or HELD = 0 or last_level = '1') then
              node(n) <= best(n);
            end if;
          end if;
        end loop;
      end if;
    end process levels;

    y((o + 1) * BITS - 1 downto o * BITS) <= node(1);

  end generate windows;

end architecture rtl;
