-- bxnn_requantize: shift, round and clamp LANES accumulators to their output format; ReLU and leaky ReLU included.
--
-- Equation:  y = overflow(round(x / 2**s)),   s = SHIFT for x >= 0 and SHIFT + SLOPE_SHIFT for x < 0
--
--            x / 2**s = | floor . half rest |    floor = arithmetic shift right, half = first dropped bit,
--                                                rest = OR of all lower dropped bits
--
--            ROUNDING      meaning (ap_fixed names)            floor + 1 when
--            TRN           toward minus infinity               never
--            RND           to nearest, ties to plus infinity   half
--            RND_MIN_INF   to nearest, ties to minus infinity  half and rest
--            RND_INF       to nearest, ties away from zero     half and (rest or x >= 0)
--            RND_ZERO      to nearest, ties toward zero        half and (rest or x < 0)
--            RND_CONV      to nearest, ties to even            half and (rest or floor odd)
--            TRN_ZERO      toward zero                         x < 0 and (half or rest)
--
--            With HALF_ADDED = 1, x arrives with 2**(s-1) added, as part of a bias: y is that of x - 2**(s-1), and
--            RND and RND_CONV need no adder: they are the floor of the x that arrives, RND_CONV with its lowest bit
--            cleared if all dropped bits are 0.
--
--            A negative s shifts left and is exact. OVERFLOW is "SAT" (clamp the rounded value to LOW ..
--            HIGH) or "WRAP" (keep its low OUT_BITS bits; LOW and HIGH are ignored). LOW = 0 is a ReLU;
--            SLOPE_SHIFT > 0 is a leaky ReLU of slope 2**-SLOPE_SHIFT, rounded after the slope.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each; y likewise with OUT_BITS; LOW and HIGH are
--            signed codes of OUT_BITS + 1 bits, so that signed and unsigned outputs both fit.
-- Copies:    with ENABLE_COUNT > 0, enable_copies are equal to enable; each loads neighbouring lanes.
-- Latency:   1. y loads only when enable is high and holds otherwise, so a parallel result stays for its
--            event.
-- II:        1
-- Cost:      0 DSP, LANES * OUT_BITS flip-flops, one short adder per lane and LUTs for the clamp.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_requantize is
  generic (
    LANES        : positive;                  -- accumulators
    IN_BITS      : positive;                  -- bits of an accumulator
    IN_SIGNED    : natural range 0 to 1;      -- 1: x is two's complement; 0: unsigned
    OUT_BITS     : positive;                  -- bits of a result
    SHIFT        : integer;                   -- fraction bits to drop
    ROUNDING     : string;                    -- see above
    OVERFLOW     : string;                    -- SAT or WRAP
    LOW          : std_logic_vector;          -- smallest result
    HIGH         : std_logic_vector;          -- largest result
    SLOPE_SHIFT  : natural              := 0; -- leaky ReLU: further bits to drop below 0
    HALF_ADDED   : natural range 0 to 1 := 0; -- 1: half an LSB of the result was added to x
    ENABLE_COUNT : natural              := 0  -- copies of enable; 0: enable itself loads all lanes
  );
  port (
    clk           : in  std_logic;
    enable        : in  std_logic;
    x             : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    enable_copies : in  std_logic_vector(max(1, ENABLE_COUNT) - 1 downto 0) := (others => '0');
    y             : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_requantize;

architecture rtl of bxnn_requantize is

  constant ROUNDING_KNOWN : boolean := require(
    ROUNDING = "TRN" or ROUNDING = "RND" or ROUNDING = "RND_MIN_INF" or ROUNDING = "RND_INF"
    or ROUNDING = "RND_ZERO" or ROUNDING = "RND_CONV" or ROUNDING = "TRN_ZERO",
    "bxnn_requantize: ROUNDING is """ & ROUNDING
    & """, must be one of TRN, RND, RND_MIN_INF, RND_INF, RND_ZERO, RND_CONV, TRN_ZERO");
  constant OVERFLOW_KNOWN : boolean := require(OVERFLOW = "SAT" or OVERFLOW = "WRAP",
    "bxnn_requantize: OVERFLOW is """ & OVERFLOW & """, must be SAT or WRAP");
  constant BOUNDS_FIT     : boolean := require(LOW'length = OUT_BITS + 1 and HIGH'length = OUT_BITS + 1,
    "bxnn_requantize: LOW has " & integer'image(LOW'length) & " and HIGH has " & integer'image(HIGH'length)
    & " bits, OUT_BITS + 1 is " & integer'image(OUT_BITS + 1));

  constant HALF_FITS : boolean := require(
    HALF_ADDED = 0 or ((ROUNDING = "RND" or ROUNDING = "RND_CONV") and SHIFT > 0 and SLOPE_SHIFT = 0),
    "bxnn_requantize: HALF_ADDED is for RND and RND_CONV, SHIFT > 0 and SLOPE_SHIFT = 0; here they are "
    & ROUNDING & ", " & integer'image(SHIFT) & " and " & integer'image(SLOPE_SHIFT));

  constant LOWEST  : signed(OUT_BITS downto 0) := signed(LOW);
  constant HIGHEST : signed(OUT_BITS downto 0) := signed(HIGH);
  constant ORDERED : boolean                   := require(LOWEST <= HIGHEST,
    "bxnn_requantize: LOW is " & bit_text(LOW) & ", above HIGH, which is " & bit_text(HIGH));

  constant X_BITS : positive := operand_bits(IN_BITS, IN_SIGNED);
  -- One bit more than the shifted input, for the rounding carry; two more than the output, for the clamp.
  constant R_BITS : positive := max(X_BITS + 1 - SHIFT, OUT_BITS + 2);

  function rounded (v : signed; s : integer) return signed is
    variable t     : signed(max(v'length, s + 2) - 1 downto 0);
    variable half  : std_logic;
    variable rest  : std_logic;
    variable up    : std_logic;
    variable carry : signed(1 downto 0) := "00";
    variable floor : signed(R_BITS - 1 downto 0);
  begin
    if s <= 0 then
      return shift_left(resize(v, R_BITS), -s);
    end if;
    t    := resize(v, t'length);
    half := t(s - 1);
    rest := '0';
    for i in 0 to s - 2 loop
      rest := rest or t(i);
    end loop;
    floor := resize(t(t'high downto s), R_BITS);
    if HALF_ADDED = 1 then
      if ROUNDING = "RND_CONV" then
        floor(0) := floor(0) and (half or rest);
      end if;
      return floor;
    end if;
    if ROUNDING = "RND" then
      up := half;
    elsif ROUNDING = "RND_MIN_INF" then
      up := half and rest;
    elsif ROUNDING = "RND_INF" then
      up := half and (rest or not t(t'high));
    elsif ROUNDING = "RND_ZERO" then
      up := half and (rest or t(t'high));
    elsif ROUNDING = "RND_CONV" then
      up := half and (rest or t(s));
    elsif ROUNDING = "TRN_ZERO" then
      up := t(t'high) and (half or rest);
    else
      up := '0';
    end if;
    carry(0) := up;
    return floor + carry;
  end function rounded;

  function clamped (r : signed) return std_logic_vector is
  begin
    if OVERFLOW = "SAT" and r > HIGHEST then
      return std_logic_vector(HIGHEST(OUT_BITS - 1 downto 0));
    elsif OVERFLOW = "SAT" and r < LOWEST then
      return std_logic_vector(LOWEST(OUT_BITS - 1 downto 0));
    end if;
    return std_logic_vector(r(OUT_BITS - 1 downto 0));
  end function clamped;

  function requantized (code : std_logic_vector) return std_logic_vector is
    constant V : signed(X_BITS - 1 downto 0) := to_operand(code, IN_SIGNED, X_BITS);
  begin
    if SLOPE_SHIFT > 0 and V(V'high) = '1' then
      return clamped(rounded(V, SHIFT + SLOPE_SHIFT));
    end if;
    return clamped(rounded(V, SHIFT));
  end function requantized;

  signal result : std_logic_vector(LANES * OUT_BITS - 1 downto 0);

begin

  lane : for i in 0 to LANES - 1 generate
    result((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= requantized(x((i + 1) * IN_BITS - 1 downto i * IN_BITS));
  end generate lane;

  held : entity work.bxnn_result_register
    generic map (
      BITS         => LANES * OUT_BITS,
      WORDS        => LANES,
      ENABLE_COUNT => ENABLE_COUNT
    )
    port map (
      clk           => clk,
      enable        => enable,
      x             => result,
      enable_copies => enable_copies,
      y             => y
    );

end architecture rtl;
