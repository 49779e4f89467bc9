-- bxnn_rewire: elements in a new order, some of them zero.
--
-- Equation:  y(o) = x(ELEMENTS(o)), or 0 where ELEMENTS(o) is -1
-- Bits:      x = | element INPUTS-1 | ... | element 0 |, BITS each; y like x, one element per entry of
--            ELEMENTS.
-- Latency:   0 (wires).
-- Cost:      nothing.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_rewire is
  generic (
    INPUTS   : positive;      -- elements of x
    OUTPUTS  : positive;      -- elements of y
    BITS     : positive;      -- bits of an element
    ELEMENTS : integer_vector -- element of x for each of y, or -1
  );
  port (
    x : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    y : out std_logic_vector(OUTPUTS * BITS - 1 downto 0)
  );
end entity bxnn_rewire;

architecture rtl of bxnn_rewire is

  constant CHECKED : boolean := require(ELEMENTS'length = OUTPUTS,
    "bxnn_rewire: ELEMENTS has " & integer'image(ELEMENTS'length) & " entries, OUTPUTS is "
    & integer'image(OUTPUTS));

begin

  wires : for o in 0 to OUTPUTS - 1 generate

    taken : if ELEMENTS(ELEMENTS'low + o) >= 0 generate
      y((o + 1) * BITS - 1 downto o * BITS) <= element(x, ELEMENTS(ELEMENTS'low + o), BITS);
    end generate taken;

    zero : if ELEMENTS(ELEMENTS'low + o) < 0 generate
      y((o + 1) * BITS - 1 downto o * BITS) <= (others => '0');
    end generate zero;

  end generate wires;

end architecture rtl;
