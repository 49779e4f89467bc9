-- bxnn_mac_cascade: a column of DSP slices whose partial sums run down the P cascade; one slice alone accumulates.
--
-- Equation:  sum = base + SUM over k of a(k) * b(k), modulo 2**ACCUM_BITS
--            base = bias when first (always, in a cascade of the output-serial binding)
--                   the slice's own sum otherwise (an accumulator of the input-serial binding, LENGTH = 1)
--
--                capture(k)                                  c <= bias
--            operand(k) -> a(k) --\                              |
--                                  x -> m(k) --> + -> p(k)   p(0) = c + m(0), or p(0) + m(0)
--             weight(k) -> b(k) --/              ^           p(k) = p(k-1) + m(k)
--                                              p(k-1)        sum  = p(LENGTH-1)
--
-- Bits:      operands = | operand LENGTH-1 | ... | operand 0 |, signed, OPERAND_BITS each; weights likewise.
-- Latency:   M = MULTIPLIER_REGISTER: operand and weight of position k in cycle k, sum in cycle LENGTH + 1 + M. bias
--            is due in cycle M, because it has one register (C) where the product has A/B and perhaps M. first
--            is due at position 0 in cycle 1 + M; all accumulators of a layer share the flip-flops that delay it.
-- II:        1 (a new weight every cycle; a new operand whenever capture(k) is high).
-- Cost:      LENGTH DSP48E1 with all their registers (except perhaps M), no LUT, no flip-flop.
--
-- The arithmetic is written in two ways: with integers if they fit, much faster to simulate, else with numeric_std.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_mac_cascade is
  generic (
    LENGTH              : positive;                 -- DSPs in the column
    OPERAND_BITS        : positive;                 -- bits of an operand
    WEIGHT_BITS         : positive;                 -- bits of a weight
    ACCUM_BITS          : positive;                 -- bits of the sum
    MULTIPLIER_REGISTER : natural range 0 to 1 := 1 -- 1: a register between multiplier and adder
  );
  port (
    clk      : in  std_logic;
    first    : in  std_logic;
    capture  : in  std_logic_vector(LENGTH - 1 downto 0);
    operands : in  std_logic_vector(LENGTH * OPERAND_BITS - 1 downto 0);
    weights  : in  std_logic_vector(LENGTH * WEIGHT_BITS - 1 downto 0);
    bias     : in  std_logic_vector(ACCUM_BITS - 1 downto 0);
    sum      : out std_logic_vector(ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_mac_cascade;

architecture rtl of bxnn_mac_cascade is

  constant CHECKED : boolean := require(ACCUM_BITS <= 58,
    "bxnn_mac_cascade: ACCUM_BITS is " & integer'image(ACCUM_BITS)
    & ", the widest accumulator, that of a DSP58, has 58");

  attribute use_dsp : string;

begin

  narrow : if fits_integer(OPERAND_BITS, WEIGHT_BITS, ACCUM_BITS) generate
    constant A_RANGE : positive := 2 ** (OPERAND_BITS - 1);
    constant B_RANGE : positive := 2 ** (WEIGHT_BITS - 1);
    subtype product is integer range -A_RANGE * B_RANGE to A_RANGE * B_RANGE;
    subtype word is natural range 0 to 2 ** ACCUM_BITS - 1;
    type operand_array is array (0 to LENGTH - 1) of integer range -A_RANGE to A_RANGE - 1;
    type weight_array is array (0 to LENGTH - 1) of integer range -B_RANGE to B_RANGE - 1;
    type product_array is array (0 to LENGTH - 1) of product;
    type sum_array is array (0 to LENGTH - 1) of word;
    signal a         : operand_array := (others => 0);
    signal b         : weight_array  := (others => 0);
    signal m         : product_array := (others => 0);
    signal p         : sum_array     := (others => 0);
    signal c         : word          := 0;
    attribute use_dsp of m : signal is "yes";
    attribute use_dsp of p : signal is "yes";
  begin
    column : process (clk)
      variable addend : product;
      variable base   : word;
    begin
      if rising_edge(clk) then
        c <= to_integer(unsigned(bias));
        for k in 0 to LENGTH - 1 loop
          if capture(k) = '1' then
            a(k) <= to_integer(signed(operands((k + 1) * OPERAND_BITS - 1 downto k * OPERAND_BITS)));
          end if;
          b(k)   <= to_integer(signed(weights((k + 1) * WEIGHT_BITS - 1 downto k * WEIGHT_BITS)));
          addend := a(k) * b(k);
          if MULTIPLIER_REGISTER = 1 then
            m(k)   <= addend;
            addend := m(k);
          end if;
          if k > 0 then
            base := p(k - 1);
          elsif first = '1' then
            base := c;
          else
            base := p(k);
          end if;
          p(k) <= (base + addend) mod 2 ** ACCUM_BITS;
        end loop;
      end if;
    end process column;
    sum <= std_logic_vector(to_unsigned(p(LENGTH - 1), ACCUM_BITS));
  end generate narrow;

  wide : if not fits_integer(OPERAND_BITS, WEIGHT_BITS, ACCUM_BITS) generate
    subtype product is signed(OPERAND_BITS + WEIGHT_BITS - 1 downto 0);
    subtype word is signed(ACCUM_BITS - 1 downto 0);
    type operand_array is array (0 to LENGTH - 1) of signed(OPERAND_BITS - 1 downto 0);
    type weight_array is array (0 to LENGTH - 1) of signed(WEIGHT_BITS - 1 downto 0);
    type product_array is array (0 to LENGTH - 1) of product;
    type sum_array is array (0 to LENGTH - 1) of word;
    signal a : operand_array := (others => (others => '0'));
    signal b : weight_array  := (others => (others => '0'));
    signal m : product_array := (others => (others => '0'));
    signal p : sum_array     := (others => (others => '0'));
    signal c : word          := (others => '0');
    attribute use_dsp of m : signal is "yes";
    attribute use_dsp of p : signal is "yes";
  begin
    column : process (clk)
      variable addend : product;
      variable base   : word;
    begin
      if rising_edge(clk) then
        c <= signed(bias);
        for k in 0 to LENGTH - 1 loop
          if capture(k) = '1' then
            a(k) <= signed(operands((k + 1) * OPERAND_BITS - 1 downto k * OPERAND_BITS));
          end if;
          b(k)   <= signed(weights((k + 1) * WEIGHT_BITS - 1 downto k * WEIGHT_BITS));
          addend := a(k) * b(k);
          if MULTIPLIER_REGISTER = 1 then
            m(k)   <= addend;
            addend := m(k);
          end if;
          if k > 0 then
            base := p(k - 1);
          elsif first = '1' then
            base := c;
          else
            base := p(k);
          end if;
          p(k) <= base + signed(low_bits(addend, ACCUM_BITS));
        end loop;
      end if;
    end process column;
    sum <= std_logic_vector(p(LENGTH - 1));
  end generate wide;

end architecture rtl;
