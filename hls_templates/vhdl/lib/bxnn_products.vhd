-- bxnn_products: LANES products of two codes, each in a DSP slice.
--
-- Equation:  y(l) = a(l) * b(l), modulo 2**OUT_BITS (the compiler proves that it fits)
--
--            a -> a register --\
--                               x -> (m register) -> p register -> y
--            b -> b register --/
--
--            OPERANDS per lane: bits of a as a signed operand, low bits of a that are always zero, and the
--            same for b. A lane whose operands have no bits is always 0 and takes no hardware.
-- Bits:      a = | lane LANES-1 | ... | lane 0 |, A_BITS each, two's complement when A_SIGNED = 1; b likewise; y
--            has OUT_BITS per lane.
-- Latency:   2 + MULTIPLIER_REGISTER
-- II:        1
-- Cost:      1 DSP per lane that has operands, with all its registers; no LUT, no flip-flop.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_products is
  generic (
    LANES               : positive;             -- products
    A_BITS              : positive;             -- bits of a lane of a
    A_SIGNED            : natural range 0 to 1; -- 1: a is two's complement; 0: unsigned
    B_BITS              : positive;             -- bits of a lane of b
    B_SIGNED            : natural range 0 to 1; -- 1: b is two's complement; 0: unsigned
    OUT_BITS            : positive;             -- bits of a product
    MULTIPLIER_REGISTER : natural range 0 to 1; -- 1: a register between multiplier and adder of a slice
    OPERANDS            : integer_vector        -- 4 entries per lane, see above
  );
  port (
    clk : in  std_logic;
    a   : in  std_logic_vector(LANES * A_BITS - 1 downto 0);
    b   : in  std_logic_vector(LANES * B_BITS - 1 downto 0);
    y   : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_products;

architecture rtl of bxnn_products is

  -- The significant bits of a code: those above the zeros, as a signed operand.
  function own (code : std_logic_vector; is_signed, zeros : natural; bits : positive) return signed is
  begin
    return resize(shift_right(to_operand(code, is_signed, code'length + 1), zeros), bits);
  end function own;

  constant OPERANDS_FIT : boolean := require(OPERANDS'length = 4 * LANES,
    "bxnn_products: OPERANDS has " & integer'image(OPERANDS'length) & " entries, 4 * LANES is "
    & integer'image(4 * LANES));

  attribute use_dsp : string;

begin

  each : for l in 0 to LANES - 1 generate
    constant ROW : integer := OPERANDS'low + 4 * l;
  begin

    nothing : if OPERANDS(ROW) = 0 generate
      y((l + 1) * OUT_BITS - 1 downto l * OUT_BITS) <= (others => '0');
    end generate nothing;

    slice : if OPERANDS(ROW) > 0 generate
      constant A_OWN   : positive                           := OPERANDS(ROW);
      constant A_ZEROS : natural                            := OPERANDS(ROW + 1);
      constant B_OWN   : positive                           := OPERANDS(ROW + 2);
      constant B_ZEROS : natural                            := OPERANDS(ROW + 3);
      constant WIDE    : positive                           := OUT_BITS + A_ZEROS + B_ZEROS + A_OWN + B_OWN;
      signal first     : signed(A_OWN - 1 downto 0)         := (others => '0');
      signal second    : signed(B_OWN - 1 downto 0)         := (others => '0');
      signal m         : signed(A_OWN + B_OWN - 1 downto 0) := (others => '0');
      signal p         : signed(A_OWN + B_OWN - 1 downto 0) := (others => '0');
      attribute use_dsp of m : signal is "yes";
      attribute use_dsp of p : signal is "yes";
    begin

      registers : process (clk)
      begin
        if rising_edge(clk) then
          first  <= own(element(a, l, A_BITS), A_SIGNED, A_ZEROS, A_OWN);
          second <= own(element(b, l, B_BITS), B_SIGNED, B_ZEROS, B_OWN);
          p      <= m;
        end if;
      end process registers;

      registered : if MULTIPLIER_REGISTER = 1 generate
        multiply : process (clk)
        begin
          if rising_edge(clk) then
            m <= first * second;
          end if;
        end process multiply;
      end generate registered;

      direct : if MULTIPLIER_REGISTER = 0 generate
        m <= first * second;
      end generate direct;

      y((l + 1) * OUT_BITS - 1 downto l * OUT_BITS) <=
        low_bits(shift_left(resize(p, WIDE), A_ZEROS + B_ZEROS), OUT_BITS);
    end generate slice;

  end generate each;

end architecture rtl;
