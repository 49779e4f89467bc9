-- bxnn_mac_accumulator: one DSP slice that accumulates an output over the phases (input-serial binding).
--
-- Equation:  sum = bias + SUM over the phases of operand * weight, modulo 2**ACCUM_BITS
--
--            operand -> a --\                 acc <= base + m
--                            x -> m -> + -> acc
--             weight -> b --/          ^      base = c   when first (starts an event)
--                                    base            acc otherwise
--
-- Bits:      operand, weight and bias are signed codes of OPERAND_BITS, WEIGHT_BITS and ACCUM_BITS.
-- Latency:   operand and weight of phase p in cycle p: the sum over phases 0 .. p is visible in cycle p + 3.
--            first belongs to the M stage: it is high in cycle 2 of an event. All accumulators of a layer
--            share the two flip-flops that delay it. bias is registered (C) and must be there in cycle 1; it
--            is usually constant.
-- II:        1
-- Cost:      1 DSP48E1 with all its registers, no LUT, no flip-flop.
--
-- Two spellings of the same arithmetic: integers when they fit, much faster to simulate, else numeric_std.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_mac_accumulator is
  generic (
    OPERAND_BITS : positive; -- bits of an operand
    WEIGHT_BITS  : positive; -- bits of a weight
    ACCUM_BITS   : positive  -- bits of the sum
  );
  port (
    clk     : in  std_logic;
    operand : in  std_logic_vector(OPERAND_BITS - 1 downto 0);
    weight  : in  std_logic_vector(WEIGHT_BITS - 1 downto 0);
    first   : in  std_logic;
    bias    : in  std_logic_vector(ACCUM_BITS - 1 downto 0);
    sum     : out std_logic_vector(ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_mac_accumulator;

architecture rtl of bxnn_mac_accumulator is

  constant CHECKED : boolean := require(ACCUM_BITS <= 58,
    "bxnn_mac_accumulator: ACCUM_BITS is " & integer'image(ACCUM_BITS)
    & ", the widest accumulator, that of a DSP58, has 58");

  attribute use_dsp : string;

begin

  narrow : if fits_integer(OPERAND_BITS, WEIGHT_BITS, ACCUM_BITS) generate
    constant A_RANGE : positive := 2 ** (OPERAND_BITS - 1);
    constant B_RANGE : positive := 2 ** (WEIGHT_BITS - 1);
    signal a         : integer range -A_RANGE to A_RANGE - 1 := 0;
    signal b         : integer range -B_RANGE to B_RANGE - 1 := 0;
    signal m         : integer range -A_RANGE * B_RANGE to A_RANGE * B_RANGE := 0;
    signal acc       : natural range 0 to 2 ** ACCUM_BITS - 1 := 0;
    signal c         : natural range 0 to 2 ** ACCUM_BITS - 1 := 0;
    attribute use_dsp of m   : signal is "yes";
    attribute use_dsp of acc : signal is "yes";
  begin
    slice : process (clk)
      variable base : natural range 0 to 2 ** ACCUM_BITS - 1;
    begin
      if rising_edge(clk) then
        a <= to_integer(signed(operand));
        b <= to_integer(signed(weight));
        c <= to_integer(unsigned(bias));
        m <= a * b;
        if first = '1' then
          base := c;
        else
          base := acc;
        end if;
        acc <= (base + m) mod 2 ** ACCUM_BITS;
      end if;
    end process slice;
    sum <= std_logic_vector(to_unsigned(acc, ACCUM_BITS));
  end generate narrow;

  wide : if not fits_integer(OPERAND_BITS, WEIGHT_BITS, ACCUM_BITS) generate
    signal a   : signed(OPERAND_BITS - 1 downto 0) := (others => '0');
    signal b   : signed(WEIGHT_BITS - 1 downto 0) := (others => '0');
    signal m   : signed(OPERAND_BITS + WEIGHT_BITS - 1 downto 0) := (others => '0');
    signal acc : signed(ACCUM_BITS - 1 downto 0) := (others => '0');
    signal c   : signed(ACCUM_BITS - 1 downto 0) := (others => '0');
    attribute use_dsp of m   : signal is "yes";
    attribute use_dsp of acc : signal is "yes";
  begin
    slice : process (clk)
      variable base : signed(ACCUM_BITS - 1 downto 0);
    begin
      if rising_edge(clk) then
        a <= signed(operand);
        b <= signed(weight);
        c <= signed(bias);
        m <= a * b;
        if first = '1' then
          base := c;
        else
          base := acc;
        end if;
        acc <= base + signed(low_bits(m, ACCUM_BITS));
      end if;
    end process slice;
    sum <= std_logic_vector(acc);
  end generate wide;

end architecture rtl;
