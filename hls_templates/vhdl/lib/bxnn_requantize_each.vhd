-- bxnn_requantize_each: LANES accumulators, each to its own output format, on a common grid.
--
-- Equation:  y(l) = overflow(round(r(l) / 2**shift)) * 2**zeros,   r(l) = max(x(l), 0) if RECTIFIED = 1,
--                                                                         x(l) otherwise
--
--            y(l) = | sign repeated, or 0 | code, width bits | 0 .. 0, zeros bits |   OUT_BITS in total
--
--            FORMATS per lane: width, signed (1) or not (0), shift, zeros. A lane of width 0 is always 0
--            and costs nothing. ROUNDING and OVERFLOW are those of bxnn_requantize, the same for all lanes.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; y likewise with OUT_BITS. LOWS and HIGHS are
--            signed codes of OUT_BITS + 1 bits, lane 0 in the least significant ones, without the zeros.
-- Latency:   1. y loads only when enable is high and holds otherwise.
-- II:        1
-- Cost:      0 DSP; per lane width flip-flops, one short adder to round, and LUTs for the clamp of a SAT.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_requantize_each is
  generic (
    LANES        : positive;             -- accumulators
    IN_BITS      : positive;             -- bits of an accumulator
    IN_SIGNED    : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    OUT_BITS     : positive;             -- bits of a lane of y
    RECTIFIED    : natural range 0 to 1; -- 1: negative x becomes 0 first
    ROUNDING     : string;               -- see bxnn_requantize
    OVERFLOW     : string;               -- SAT or WRAP
    FORMATS      : integer_vector;       -- 4 entries per lane, see above
    LOWS         : std_logic_vector;     -- smallest code of each lane
    HIGHS        : std_logic_vector;     -- largest code of each lane
    ENABLE_COUNT : natural := 0          -- copies of enable; 0: enable itself loads all lanes
  );
  port (
    clk           : in  std_logic;
    enable        : in  std_logic;
    x             : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    enable_copies : in  std_logic_vector(max(1, ENABLE_COUNT) - 1 downto 0) := (others => '0');
    y             : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_requantize_each;

architecture rtl of bxnn_requantize_each is

  constant FORMATS_FIT : boolean := require(FORMATS'length = 4 * LANES,
    "bxnn_requantize_each: FORMATS has " & integer'image(FORMATS'length) & " entries, 4 * LANES is "
    & integer'image(4 * LANES));

  function rectify (code : std_logic_vector) return std_logic_vector is
  begin
    if RECTIFIED = 1 and IN_SIGNED = 1 and code(code'high) = '1' then
      return (code'range => '0');
    end if;
    return code;
  end function rectify;

begin

  each : for l in 0 to LANES - 1 generate
    constant ROW   : integer := FORMATS'low + 4 * l;
    constant WIDTH : natural := FORMATS(ROW);
  begin

    nothing : if WIDTH = 0 generate
      y((l + 1) * OUT_BITS - 1 downto l * OUT_BITS) <= (others => '0');
    end generate nothing;

    something : if WIDTH > 0 generate
      constant LOW  : std_logic_vector(OUT_BITS downto 0) := element(LOWS, l, OUT_BITS + 1);
      constant HIGH : std_logic_vector(OUT_BITS downto 0) := element(HIGHS, l, OUT_BITS + 1);
      signal lane   : std_logic_vector(IN_BITS - 1 downto 0);
      signal code   : std_logic_vector(WIDTH - 1 downto 0);
      signal loaded : std_logic;
    begin
      loaded <= enable when ENABLE_COUNT = 0 else
                enable_copies(copy_of(l, LANES, max(1, ENABLE_COUNT)));

      lane <= rectify(x((l + 1) * IN_BITS - 1 downto l * IN_BITS));

      quantizer : entity work.bxnn_requantize
        generic map (
          LANES     => 1,
          IN_BITS   => IN_BITS,
          IN_SIGNED => IN_SIGNED,
          OUT_BITS  => WIDTH,
          SHIFT     => FORMATS(ROW + 2),
          ROUNDING  => ROUNDING,
          OVERFLOW  => OVERFLOW,
          LOW       => LOW(WIDTH downto 0),
          HIGH      => HIGH(WIDTH downto 0)
        )
        port map (
          clk    => clk,
          enable => loaded,
          x      => lane,
          y      => code
        );

      y((l + 1) * OUT_BITS - 1 downto l * OUT_BITS) <=
        low_bits(shift_left(to_operand(code, FORMATS(ROW + 1), OUT_BITS + 1), FORMATS(ROW + 3)), OUT_BITS);
    end generate something;

  end generate each;

end architecture rtl;
