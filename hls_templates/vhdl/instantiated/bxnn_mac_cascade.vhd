-- bxnn_mac_cascade: a column of instantiated DSP slices connected by their cascade; a single slice accumulates.
--
-- Purpose:   replaces the portable entity of this name in designs with `dsp: instantiated`: nothing is left
--            to inference. tests/vhdl/test_instantiated.py proves both equal.
-- Equation:  sum = base + SUM over k of a(k) * b(k), modulo 2**ACCUM_BITS
--            base = bias when first (always, in a cascade of the output-serial binding)
--                   the slice's own sum otherwise (an accumulator of the input-serial binding, LENGTH = 1)
--
--                capture(k)                                  C <= bias
--            operand(k) -> A(k) --\                              |
--                                  x -> M(k) --> + -> P(k)   P(0) = C + M(0), or P(0) + M(0)
--             weight(k) -> B(k) --/              ^           P(k) = PCIN(k) + M(k), PCIN(k) = PCOUT(k-1)
--                                             PCIN(k)        sum  = P(LENGTH-1)
--
-- Bits:      operands = | operand LENGTH-1 | ... | operand 0 |, signed, OPERAND_BITS each; weights likewise.
-- Latency:   that of the portable entity; but first is for position 0 in cycle 1, a cycle earlier if M = 1, because OPMODE
--            has a register where the product has one.
-- II:        1 (a new weight every cycle; a new operand whenever capture(k) is high).
-- Cost:      LENGTH slices with all their registers (except perhaps M), no LUT, no flip-flop.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_dsp_pkg.all;

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

architecture instantiated of bxnn_mac_cascade is

  -- The cascade is as wide as the slice's adder, whatever ACCUM_BITS is.
  type cascade_array is array (0 to LENGTH) of std_logic_vector(CASCADE_BITS - 1 downto 0);
  type sum_array is array (0 to LENGTH - 1) of std_logic_vector(ACCUM_BITS - 1 downto 0);

  signal cascade : cascade_array;
  signal sums    : sum_array;

begin

  cascade(0) <= (others => '0');

  position : for k in 0 to LENGTH - 1 generate

    slice : entity work.bxnn_dsp_slice
      generic map (
        OPERAND_BITS        => OPERAND_BITS,
        WEIGHT_BITS         => WEIGHT_BITS,
        SUM_BITS            => ACCUM_BITS,
        OPERAND_REGISTERS   => 1,
        CASCADED            => minimum(k, 1),
        ACCUMULATES         => 1 - minimum(k, 1),
        MULTIPLIER_REGISTER => MULTIPLIER_REGISTER
      )
      port map (
        clk     => clk,
        first   => first,
        capture => capture(k),
        operand => operands((k + 1) * OPERAND_BITS - 1 downto k * OPERAND_BITS),
        weight  => weights((k + 1) * WEIGHT_BITS - 1 downto k * WEIGHT_BITS),
        bias    => bias,
        pcin    => cascade(k),
        pcout   => cascade(k + 1),
        sum     => sums(k)
      );

  end generate position;

  sum <= sums(LENGTH - 1);

end architecture instantiated;
