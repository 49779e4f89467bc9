-- bxnn_pkg: the few functions that all entities of this library share.
--
-- Sizes:      ceil_log2, tree_depth, phase_bits, operand_bits, packed_bits;
--             chunk(n, most) is `most`, or n where that is less or `most` is 0: what shares one copy of n;
--             total(v) is the sum of all elements; share_of(copies, shares, i) are shares(i) bits, after those of shares
--             before it, or a zero if there are none;
--             copy_of(i, n, copies) is the copy, of those that n things share in neighbouring groups, that thing i has;
--             bits_of_slice(n, most, unit) is n, or where `most` is less as many units as that has: a slice of n bits
-- Registers:  in a binary tree, with level 1 next to its leaves, a register follows each level that
--             levels_per_stage divides, and the last one; open_levels levels at its root come after the last register.
--             tree_stages(leaves, ...) is their number on a path, registered_nodes(depth, ...) says which nodes
--             of a binary heap have one.
-- Latencies:  output_serial_latency, input_serial_latency, max_tree_latency. Each returns the cycle in which
--             the first result is visible if the input is visible in cycle 0; the compiler predicts with
--             the same equations. multiplier_register is 1 with a register between multiplier and adder, else 0.
-- Slicing:    element(v, i, bits) is element i of a flat vector whose element 0 sits in the least significant
--             bits:
--
--                 v = | element n-1 | ... | element 1 | element 0 |
--                                                      bits-1 .. 0
--
-- Codes:      to_operand(code, is_signed, bits) reads a signed or unsigned code as a signed operand;
--             low_bits(value, bits) keeps the low bits of a signed value, or extends its sign;
--             flip_sign(code) inverts the highest bit: adds 2**(n-1) modulo 2**n; is_zero(v): no bit is '1';
--             only_if(condition, v) is v or zeros.
-- Packing:    pack_operands(codes, n, is_signed, lane_bits, bits) packs n codes into the lanes of one signed word
--             of packed_bits(n, lane_bits, operand_bits) bits; signed codes, except the highest, are made
--             unsigned by adding half their range (the constant that starts the sum subtracts it again):
--
--                 word = | code n-1, signed | ... | 0..0 code 1 | 0..0 code 0 |   lane_bits apart
-- Checks:     bit_text(v) is v as text; require(condition, message) stops elaboration, both in simulation and
--             in synthesis. It is called from constant declarations because those are evaluated before a wrong
--             generic breaks a port or an index.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package bxnn_pkg is

  function max (a, b : integer) return integer;
  function ceil_log2 (n : positive) return natural;
  function tree_depth (n : positive) return natural;
  function phase_bits (phases : positive) return positive;
  function operand_bits (in_bits : positive; in_signed : natural) return positive;

  function packed_bits (lanes, lane_bits, bits : positive) return positive;
  function chunk (n : positive; most : natural) return positive;
  function bits_of_slice (n, most, unit : positive) return positive;
  function copy_of (i : natural; n, copies : positive) return natural;
  function total (v : integer_vector) return integer;
  function share_of (copies : std_logic_vector; shares : integer_vector; i : natural) return std_logic_vector;

  function registered_nodes (depth, levels_per_stage : positive; open_levels : natural) return boolean_vector;
  function tree_stages (leaves, levels_per_stage : positive; open_levels : natural) return natural;

  function output_serial_latency (cascade, segments : positive; multiplier_register : natural;
    levels_per_stage : positive; open_levels : natural) return positive;
  function input_serial_latency (phases, lanes : positive; multiplier_register : natural;
    levels_per_stage : positive; open_levels : natural) return positive;
  function max_tree_latency (leaves, levels_per_stage : positive) return positive;

  function element (v : std_logic_vector; index : natural; bits : positive) return std_logic_vector;
  function chosen_word (words, place : std_logic_vector; bits : positive) return std_logic_vector;
  function to_operand (code : std_logic_vector; is_signed : natural; bits : positive) return signed;
  function only_if (condition : boolean; value : std_logic_vector) return std_logic_vector;
  function low_bits (value : signed; bits : positive) return std_logic_vector;
  function flip_sign (code : std_logic_vector) return std_logic_vector;
  function is_zero (v : std_logic_vector) return boolean;
  function pack_operands (codes : std_logic_vector; lanes : positive; is_signed : natural; lane_bits, bits : positive)
    return signed;

  function fits_integer (a_bits, b_bits, accum_bits : positive) return boolean;
  function first_leaf (node, nodes : positive) return natural;
  function bit_text (v : std_logic_vector) return string;
  function require (condition : boolean; message : string) return boolean;

end package bxnn_pkg;

package body bxnn_pkg is

  function max (a, b : integer) return integer is
  begin
    if a > b then
      return a;
    end if;
    return b;
  end function max;

  function ceil_log2 (n : positive) return natural is
    variable bits  : natural  := 0;
    variable reach : positive := 1;
  begin
    while reach < n loop
      bits  := bits + 1;
      reach := reach * 2;
    end loop;
    return bits;
  end function ceil_log2;

  -- Levels of a binary tree over n operands.
  function tree_depth (n : positive) return natural is
  begin
    return ceil_log2(n);
  end function tree_depth;

  -- Width of a phase number 0 .. phases-1, and of a ROM address; a single phase still has one bit.
  function phase_bits (phases : positive) return positive is
  begin
    return max(1, ceil_log2(phases));
  end function phase_bits;

  -- Width of the signed operand that holds every signed (in_signed = 1) or unsigned (0) code of in_bits.
  function operand_bits (in_bits : positive; in_signed : natural) return positive is
  begin
    return in_bits + 1 - in_signed;
  end function operand_bits;

  -- Width of a signed word of lanes, the highest of them `bits` wide.
  function packed_bits (lanes, lane_bits, bits : positive) return positive is
  begin
    return (lanes - 1) * lane_bits + bits;
  end function packed_bits;

  -- How many of n things share one copy of what `most` of them may share; 0 sets no limit.
  function chunk (n : positive; most : natural) return positive is
  begin
    if most = 0 or most > n then
      return n;
    end if;
    return most;
  end function chunk;

  -- How many bits of a word of n go into one slice if that may have `most`; a unit is not cut unless it has to be.
  function bits_of_slice (n, most, unit : positive) return positive is
  begin
    if most >= n then
      return n;
    elsif most < unit then
      return most;
    end if;
    return most - most mod unit;
  end function bits_of_slice;

  -- All groups but the last ones are equal.
  function copy_of (i : natural; n, copies : positive) return natural is
  begin
    return i / ((n + copies - 1) / copies);
  end function copy_of;

  function total (v : integer_vector) return integer is
    variable found : integer := 0;
  begin
    for k in v'range loop
      found := found + v(k);
    end loop;
    return found;
  end function total;

  function share_of (copies : std_logic_vector; shares : integer_vector; i : natural) return std_logic_vector is
    variable found   : std_logic_vector(max(1, shares(i)) - 1 downto 0) := (others => '0');
    variable skipped : natural                                          := 0;
  begin
    for k in shares'range loop
      if k < i then
        skipped := skipped + shares(k);
      end if;
    end loop;
    for k in 0 to shares(i) - 1 loop
      found(k) := copies(skipped + k);
    end loop;
    return found;
  end function share_of;

  function registered_nodes (depth, levels_per_stage : positive; open_levels : natural) return boolean_vector is
    variable found : boolean_vector(1 to 2 ** depth - 1);
    variable level : positive;
  begin
    for n in found'range loop
      level    := depth + 1 - ceil_log2(n + 1);
      found(n) := level = depth - open_levels
                  or (level < depth - open_levels and level mod levels_per_stage = 0);
    end loop;
    return found;
  end function registered_nodes;

  function tree_stages (leaves, levels_per_stage : positive; open_levels : natural) return natural is
  begin
    return (max(tree_depth(leaves) - open_levels, 0) + levels_per_stage - 1) / levels_per_stage;
  end function tree_stages;

  -- A and B registers, M register if there is one, one P register per position; then the adder tree.
  function output_serial_latency (cascade, segments : positive; multiplier_register : natural;
    levels_per_stage : positive; open_levels : natural) return positive is
  begin
    return cascade + 1 + multiplier_register + tree_stages(segments, levels_per_stage, open_levels);
  end function output_serial_latency;

  -- The last phase enters in cycle phases-1 and passes A/B, M and P; then the adder tree.
  function input_serial_latency (phases, lanes : positive; multiplier_register : natural;
    levels_per_stage : positive; open_levels : natural) return positive is
  begin
    return phases + 1 + multiplier_register + tree_stages(lanes, levels_per_stage, open_levels);
  end function input_serial_latency;

  function max_tree_latency (leaves, levels_per_stage : positive) return positive is
  begin
    return max(1, tree_stages(leaves, levels_per_stage, 0));
  end function max_tree_latency;

  function element (v : std_logic_vector; index : natural; bits : positive) return std_logic_vector is
    alias flat : std_logic_vector(v'length - 1 downto 0) is v;
  begin
    return flat((index + 1) * bits - 1 downto index * bits);
  end function element;

  -- Word number place of 2**place'length words. A binary tree over the bits of the place: its depth does not depend on
  -- how synthesis maps it, as that of a choice by decoded numbers does.
  function chosen_word (words, place : std_logic_vector; bits : positive) return std_logic_vector is
    alias    number : std_logic_vector(place'length - 1 downto 0) is place;
    variable left   : std_logic_vector(words'length - 1 downto 0) := words;
  begin
    for level in place'length - 1 downto 0 loop
      if number(level) = '1' then
        left(2 ** level * bits - 1 downto 0) := left(2 ** (level + 1) * bits - 1 downto 2 ** level * bits);
      end if;
    end loop;
    return left(bits - 1 downto 0);
  end function chosen_word;

  function to_operand (code : std_logic_vector; is_signed : natural; bits : positive) return signed is
  begin
    if is_signed = 1 then
      return resize(signed(code), bits);
    end if;
    return signed(resize(unsigned(code), bits));
  end function to_operand;

  function low_bits (value : signed; bits : positive) return std_logic_vector is
  begin
    if bits >= value'length then
      return std_logic_vector(resize(value, bits));
    end if;
    return std_logic_vector(resize(unsigned(value), bits));
  end function low_bits;

  function flip_sign (code : std_logic_vector) return std_logic_vector is
    variable flipped : std_logic_vector(code'length - 1 downto 0) := code;
  begin
    flipped(flipped'high) := not flipped(flipped'high);
    return flipped;
  end function flip_sign;

  function is_zero (v : std_logic_vector) return boolean is
    variable zero : boolean := true;
  begin
    for i in v'range loop
      if v(i) = '1' then
        zero := false;
      end if;
    end loop;
    return zero;
  end function is_zero;

  function pack_operands (codes : std_logic_vector; lanes : positive; is_signed : natural; lane_bits, bits : positive)
    return signed is
    constant CODE_BITS : positive                  := codes'length / lanes;
    constant TOP       : natural                   := (lanes - 1) * lane_bits;
    variable word      : signed(bits - 1 downto 0) := (others => '0');
    variable code      : std_logic_vector(CODE_BITS - 1 downto 0);
  begin
    for i in 0 to lanes - 2 loop
      code := element(codes, i, CODE_BITS);
      if is_signed = 1 then
        code := flip_sign(code);
      end if;
      word(i * lane_bits + CODE_BITS - 1 downto i * lane_bits) := signed(code);
    end loop;
    word(bits - 1 downto TOP) := to_operand(element(codes, lanes - 1, CODE_BITS), is_signed, bits - TOP);
    return word;
  end function pack_operands;

  -- A word if a condition holds, else zeros. Words joined by OR choose between constants; of conditions in a row,
  -- synthesis would make resets of the registers after them.
  function only_if (condition : boolean; value : std_logic_vector) return std_logic_vector is
    constant NONE : std_logic_vector(value'range) := (others => '0');
  begin
    if condition then
      return value;
    end if;
    return NONE;
  end function only_if;

  -- True if products and accumulators can be written as VHDL integers, which cost a simulator one machine
  -- instruction instead of a loop over bits: base + product, and the length of every range, stay below 2**31.
  function fits_integer (a_bits, b_bits, accum_bits : positive) return boolean is
  begin
    return a_bits + b_bits <= 31 and accum_bits <= 30;
  end function fits_integer;

  -- Lowest leaf below a node of a binary heap with root 1 and `nodes` = 2**depth - 1 inner nodes.
  function first_leaf (node, nodes : positive) return natural is
    variable n : positive := node;
  begin
    while n <= nodes loop
      n := 2 * n;
    end loop;
    return n - nodes - 1;
  end function first_leaf;

  -- to_string is VHDL-2008, which GHDL 2.0 cannot synthesise even where it is never evaluated.
  function bit_text (v : std_logic_vector) return string is
    alias flat    : std_logic_vector(1 to v'length) is v;
    variable text : string(1 to v'length) := (others => '0');
  begin
    for i in text'range loop
      if flat(i) = '1' then
        text(i) := '1';
      end if;
    end loop;
    return text;
  end function bit_text;

  function require (condition : boolean; message : string) return boolean is
  begin
    assert condition
      report message
      severity failure;
    return condition;
  end function require;

end package body bxnn_pkg;
