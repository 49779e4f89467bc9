-- bxnn_joined_macs: a column of DSP slices whose sums run down the P cascade to the last one, which accumulates them.
--
-- Purpose:   an accumulator for several products at a time. The last slice adds three numbers to its own sum or to the
--            bias, which takes the W multiplexer of a DSP48E2 or DSP58; from this description nothing infers it.
-- Equation:  in every cycle sum = base + SUM over k of a(k) * b(k), modulo 2**ACCUM_BITS
--            base = bias when first, else the sum itself
--
--            operand(k) -> a(k) --\                              bias -> c
--                                  x -> m(k) --> + -> p(k)       p(k) = p(k-1) + m(k), p(-1) = 0
--             weight(k) -> b(k) --/              ^               p(LENGTH-1) has c or itself added
--                                              p(k-1)            sum = p(LENGTH-1)
--
-- Bits:      operands = | operand LENGTH-1 | ... | operand 0 |, signed, OPERAND_BITS each; weights likewise.
-- Registers: a(0) and b(0) are one register each, or two if FIRST_LATE = 1; all others are two: the second one waits for
--            the sum of the slice before.
-- Latency:   M = MULTIPLIER_REGISTER, L = LENGTH + FIRST_LATE: operand and weight of position k in cycle
--            k + FIRST_LATE - 1, but not before cycle 0; first in cycle L + M, bias one cycle before; sum in cycle
--            L + 1 + M.
-- II:        1
-- Cost:      LENGTH DSP48E2 with all their registers (except perhaps M), no LUT, no flip-flop, if they are instantiated.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

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

architecture rtl of bxnn_joined_macs is

  constant CHECKED : boolean := require(ACCUM_BITS <= 58,
    "bxnn_joined_macs: ACCUM_BITS is " & integer'image(ACCUM_BITS)
    & ", the widest accumulator, that of a DSP58, has 58");

  subtype product is signed(OPERAND_BITS + WEIGHT_BITS - 1 downto 0);
  subtype word is signed(ACCUM_BITS - 1 downto 0);
  type    operand_array is array (0 to LENGTH - 1) of signed(OPERAND_BITS - 1 downto 0);
  type    weight_array is array (0 to LENGTH - 1) of signed(WEIGHT_BITS - 1 downto 0);
  type    product_array is array (0 to LENGTH - 1) of product;
  type    sum_array is array (0 to LENGTH - 1) of word;

  signal a_early : operand_array := (others => (others => '0'));
  signal a_late  : operand_array := (others => (others => '0'));
  signal b_early : weight_array  := (others => (others => '0'));
  signal b_late  : weight_array  := (others => (others => '0'));
  signal m       : product_array := (others => (others => '0'));
  signal p       : sum_array     := (others => (others => '0'));
  signal c       : word          := (others => '0');

begin

  column : process (clk)
    variable addend : product;
    variable total  : word;
  begin
    if rising_edge(clk) then
      c       <= signed(bias);
      a_late  <= a_early;
      b_late  <= b_early;
      for k in 0 to LENGTH - 1 loop
        a_early(k) <= signed(operands((k + 1) * OPERAND_BITS - 1 downto k * OPERAND_BITS));
        b_early(k) <= signed(weights((k + 1) * WEIGHT_BITS - 1 downto k * WEIGHT_BITS));
        if k + FIRST_LATE > 0 then
          addend := a_late(k) * b_late(k);
        else
          addend := a_early(k) * b_early(k);
        end if;
        if MULTIPLIER_REGISTER = 1 then
          m(k)   <= addend;
          addend := m(k);
        end if;
        total := signed(low_bits(addend, ACCUM_BITS));
        if k > 0 then
          total := total + p(k - 1);
        end if;
        if k = LENGTH - 1 then
          if first = '1' then
            total := total + c;
          else
            total := total + p(k);
          end if;
        end if;
        p(k) <= total;
      end loop;
    end if;
  end process column;

  sum <= std_logic_vector(p(LENGTH - 1));

end architecture rtl;
