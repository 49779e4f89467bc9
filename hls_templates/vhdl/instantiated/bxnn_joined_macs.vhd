-- bxnn_joined_macs: a column of instantiated DSP slices whose sums run down the cascade to the last one, which
-- accumulates them.
--
-- Purpose:   replaces the portable entity of this name: its last slice needs the W multiplexer, which nothing infers.
--            tests/vhdl/test_instantiated.py proves both equal.
-- Equation:  in every cycle sum = base + SUM over k of a(k) * b(k), modulo 2**ACCUM_BITS
--            base = bias when first, else the sum itself
--
--            operand(k) -> A(k) --\                              bias -> C
--                                  x -> M(k) --> + -> P(k)       P(k) = PCIN(k) + M(k), PCIN(k) = PCOUT(k-1), PCIN(0) = 0
--             weight(k) -> B(k) --/              ^               P(LENGTH-1) has C or itself added, from W
--                                             PCIN(k)            sum = P(LENGTH-1)
--
-- Bits:      operands = | operand LENGTH-1 | ... | operand 0 |, signed, OPERAND_BITS each; weights likewise.
-- Latency:   that of the portable entity; but first is due a cycle earlier if MULTIPLIER_REGISTER = 1, because OPMODE has
--            a register where the product has one.
-- II:        1
-- Cost:      LENGTH slices with all their registers (except perhaps M), no LUT, no flip-flop.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_dsp_pkg.all;

entity bxnn_joined_macs is
  generic (
    LENGTH              : positive;                 -- DSPs in the column
    OPERAND_BITS        : positive;                 -- bits of an operand
    WEIGHT_BITS         : positive;                 -- bits of a weight
    ACCUM_BITS          : positive;                 -- bits of the sum
    FIRST_LATE          : natural range 0 to 1;     -- 1: the first slice has two registers for its operands as well
    MULTIPLIER_REGISTER : natural range 0 to 1 := 1 -- 1: a register between multiplier and adder
  );
  port (
    clk      : in  std_logic;
    first    : in  std_logic;
    operands : in  std_logic_vector(LENGTH * OPERAND_BITS - 1 downto 0);
    weights  : in  std_logic_vector(LENGTH * WEIGHT_BITS - 1 downto 0);
    bias     : in  std_logic_vector(ACCUM_BITS - 1 downto 0);
    sum      : out std_logic_vector(ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_joined_macs;

architecture instantiated of bxnn_joined_macs is

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
        OPERAND_REGISTERS   => 1 + minimum(k + FIRST_LATE, 1),
        CASCADED            => minimum(k, 1),
        ACCUMULATES         => (k + 1) / LENGTH,
        MULTIPLIER_REGISTER => MULTIPLIER_REGISTER
      )
      port map (
        clk     => clk,
        first   => first,
        capture => '1',
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
