-- bxnn_weight_rom: constant rows, read without a clock.
--
-- Equation:  data = row address of CONTENTS; an address of DEPTH or more reads zeros.
-- Bits:      CONTENTS = | row DEPTH-1 | ... | row 1 | row 0 |, WIDTH bits each;
--            address has phase_bits(DEPTH) bits.
-- Latency:   0 (the reader has the register: the B register of a DSP).
-- II:        1
-- Cost:      0 DSP, 0 FF; at most one LUT6 per data bit for DEPTH <= 64, none for bits that never change.
--
-- Every weight and bias enters a layer through an instance of this entity. It is a separate entity so that a
-- RAM with a load port can take its place; cost checks keep its hierarchy, since a constant would otherwise be
-- folded into a multiplier.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_weight_rom is
  generic (
    DEPTH    : positive;        -- rows
    WIDTH    : positive;        -- bits of a row
    CONTENTS : std_logic_vector -- the rows, row 0 lowest
  );
  port (
    address : in  std_logic_vector(phase_bits(DEPTH) - 1 downto 0);
    data    : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_weight_rom;

architecture rtl of bxnn_weight_rom is

  constant CHECKED : boolean := require(CONTENTS'length = DEPTH * WIDTH,
    "bxnn_weight_rom: CONTENTS has " & integer'image(CONTENTS'length) & " bits, DEPTH * WIDTH is "
    & integer'image(DEPTH * WIDTH));

  type row_array is array (2 ** phase_bits(DEPTH) - 1 downto 0) of std_logic_vector(WIDTH - 1 downto 0);

  function to_rows (flat : std_logic_vector) return row_array is
    variable rows : row_array := (others => (others => '0'));
  begin
    for i in 0 to DEPTH - 1 loop
      rows(i) := element(flat, i, WIDTH);
    end loop;
    return rows;
  end function to_rows;

  constant ROWS : row_array := to_rows(CONTENTS);

begin

  data <= ROWS(to_integer(unsigned(address)));

end architecture rtl;
