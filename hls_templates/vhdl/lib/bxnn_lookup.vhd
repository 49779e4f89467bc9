-- bxnn_lookup: any function of a code, read from a table; every lane has one of TABLES tables.
--
-- Equation:  y(lane) = row x(lane) of table WHICH(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, the raw code as a row number; y likewise with
--            OUT_BITS; CONTENTS = | table TABLES-1 | ... | table 0 |,
--            table = | row 2**IN_BITS-1 | ... | row 0 |, OUT_BITS each.
-- Latency:   1. y loads only when enable is high and holds otherwise.
-- II:        1
-- Cost:      0 DSP, OUT_BITS flip-flops per lane and, per bit of y, a LUT6 for every 64 rows (beyond 64, wide
--            multiplexers combine them); fewer if the table has structure.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_lookup is
  generic (
    LANES    : positive;        -- codes that are looked up at a time
    IN_BITS  : positive;        -- bits of a code
    OUT_BITS : positive;        -- bits of an entry
    TABLES   : positive;        -- distinct tables
    WHICH    : integer_vector;  -- table of each lane
    CONTENTS : std_logic_vector -- the tables, table 0 lowest
  );
  port (
    clk    : in  std_logic;
    enable : in  std_logic;
    x      : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y      : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_lookup;

architecture rtl of bxnn_lookup is

  constant DEPTH    : positive := 2 ** IN_BITS;
  constant COMPLETE : boolean  := require(CONTENTS'length = TABLES * DEPTH * OUT_BITS,
    "bxnn_lookup: CONTENTS has " & integer'image(CONTENTS'length)
    & " bits, TABLES * 2**IN_BITS * OUT_BITS is " & integer'image(TABLES * DEPTH * OUT_BITS));
  constant ASSIGNED : boolean  := require(WHICH'length = LANES,
    "bxnn_lookup: WHICH has " & integer'image(WHICH'length) & " elements, LANES is " & integer'image(LANES));

begin

  each : for i in 0 to LANES - 1 generate

    type row_array is array (DEPTH - 1 downto 0) of std_logic_vector(OUT_BITS - 1 downto 0);

    function to_rows (flat : std_logic_vector) return row_array is
      variable rows : row_array;
    begin
      for row in 0 to DEPTH - 1 loop
        rows(row) := element(flat, row, OUT_BITS);
      end loop;
      return rows;
    end function to_rows;

    constant ROWS : row_array := to_rows(element(CONTENTS, WHICH(WHICH'low + i), DEPTH * OUT_BITS));

    signal entry : std_logic_vector(OUT_BITS - 1 downto 0) := (others => '0');

  begin

    load : process (clk)
    begin
      if rising_edge(clk) then
        if enable = '1' then
          entry <= ROWS(to_integer(unsigned(element(x, i, IN_BITS))));
        end if;
      end if;
    end process load;

    y((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= entry;

  end generate each;

end architecture rtl;
