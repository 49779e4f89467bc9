-- bxnn_pairwise: difference, maximum or minimum of LANES pairs of codes in one format.
--
-- Equation:  OPERATION = "SUBTRACT":  y(l) = a(l) - b(l), modulo 2**BITS (the compiler proves that it fits)
--            OPERATION = "MAXIMUM":   y(l) = max(a(l), b(l))
--            OPERATION = "MINIMUM":   y(l) = min(a(l), b(l))
-- Bits:      a = | lane LANES-1 | ... | lane 0 |, BITS each; b and y likewise. Codes are two's complement when
--            SIGNED_CODES = 1, else unsigned; it makes no difference to SUBTRACT.
-- Latency:   1
-- II:        1
-- Cost:      0 DSP; per lane BITS flip-flops, and an adder, or a comparator and a multiplexer.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_pairwise is
  generic (
    LANES        : positive;             -- pairs
    BITS         : positive;             -- bits of a code
    SIGNED_CODES : natural range 0 to 1; -- 1: codes are two's complement; 0: unsigned
    OPERATION    : string                -- see above
  );
  port (
    clk : in  std_logic;
    a   : in  std_logic_vector(LANES * BITS - 1 downto 0);
    b   : in  std_logic_vector(LANES * BITS - 1 downto 0);
    y   : out std_logic_vector(LANES * BITS - 1 downto 0)
  );
end entity bxnn_pairwise;

architecture rtl of bxnn_pairwise is

  constant KNOWN : boolean := require(
    OPERATION = "SUBTRACT" or OPERATION = "MAXIMUM" or OPERATION = "MINIMUM",
    "bxnn_pairwise: OPERATION is """ & OPERATION & """, known are SUBTRACT, MAXIMUM, MINIMUM");

  subtype code is std_logic_vector(BITS - 1 downto 0);

  function combined (first, second : code) return code is
    variable larger : boolean;
  begin
    if OPERATION = "SUBTRACT" then
      return code(unsigned(first) - unsigned(second));
    end if;
    larger := to_operand(second, SIGNED_CODES, BITS + 1) > to_operand(first, SIGNED_CODES, BITS + 1);
    if larger = (OPERATION = "MAXIMUM") then
      return second;
    end if;
    return first;
  end function combined;

  signal result : std_logic_vector(LANES * BITS - 1 downto 0) := (others => '0');

begin

  load : process (clk)
  begin
    if rising_edge(clk) then
      for l in 0 to LANES - 1 loop
        result((l + 1) * BITS - 1 downto l * BITS) <= combined(element(a, l, BITS), element(b, l, BITS));
      end loop;
    end if;
  end process load;

  y <= result;

end architecture rtl;
