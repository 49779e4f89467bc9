-- bxnn_unpack_lanes: separates the sums that packed DSP slices have formed side by side in one word.
--
-- Equation:  sum(i) = field(i) - 2**(LANE_BITS-1) for the lower lanes, sum(LANES-1) = field(LANES-1) signed;
--            every sum as ACCUM_BITS two's complement bits
-- Bits:      word = | field LANES-1 | ... | field 1 | field 0 |, LANE_BITS each
--            sums = | sum LANES-1   | ... | sum 1   | sum 0   |, ACCUM_BITS each
--
-- A negative sum would borrow from the lane above. The constant that starts a packed sum is therefore
-- 2**(LANE_BITS-1) higher in every lane but the highest, which makes those fields unsigned:
--
--            k = LANE_BITS      sum -2**(k-1)       -1        0    2**(k-1)-1
--                             field    00..0     01..1    10..0    11..1
--
--            Subtracting it again inverts the field's highest bit. The compiler proves that no sum leaves
--            its k bits.
-- Latency:   0
-- II:        1
-- Cost:      0 DSP, 0 FF; an inverter per lower lane, which the logic after it absorbs.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_unpack_lanes is
  generic (
    LANES      : positive; -- sums in a word
    LANE_BITS  : positive; -- bits from one sum to the next
    ACCUM_BITS : positive  -- bits of a sum
  );
  port (
    word : in  std_logic_vector(LANES * LANE_BITS - 1 downto 0);
    sums : out std_logic_vector(LANES * ACCUM_BITS - 1 downto 0)
  );
end entity bxnn_unpack_lanes;

architecture rtl of bxnn_unpack_lanes is

begin

  lane : for i in 0 to LANES - 1 generate
    signal field : std_logic_vector(LANE_BITS - 1 downto 0);
  begin

    lower : if i < LANES - 1 generate
      field <= flip_sign(word((i + 1) * LANE_BITS - 1 downto i * LANE_BITS));
    end generate lower;

    highest : if i = LANES - 1 generate
      field <= word((i + 1) * LANE_BITS - 1 downto i * LANE_BITS);
    end generate highest;

    sums((i + 1) * ACCUM_BITS - 1 downto i * ACCUM_BITS) <= low_bits(signed(field), ACCUM_BITS);

  end generate lane;

end architecture rtl;
