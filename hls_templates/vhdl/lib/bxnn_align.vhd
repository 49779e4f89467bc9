-- bxnn_align: codes on a finer grid and with a new width.
--
-- Equation:  y(i) = x(i) * 2**SHIFT, modulo 2**OUT_BITS (the compiler proves that it fits)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, signed codes when IN_SIGNED = 1; y has
--            OUT_BITS per lane.
-- Latency:   0 (wires).
-- Cost:      nothing.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_align is
  generic (
    LANES     : positive;             -- lanes
    IN_BITS   : positive;             -- bits of a lane of x
    IN_SIGNED : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    SHIFT     : natural;              -- zeros appended below
    OUT_BITS  : positive              -- bits of a lane of y
  );
  port (
    x : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_align;

architecture rtl of bxnn_align is

  constant WIDE_BITS : positive := IN_BITS + SHIFT + 1;

begin

  shift_lanes : for i in 0 to LANES - 1 generate
    y((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <=
      low_bits(shift_left(to_operand(element(x, i, IN_BITS), IN_SIGNED, WIDE_BITS), SHIFT), OUT_BITS);
  end generate shift_lanes;

end architecture rtl;
