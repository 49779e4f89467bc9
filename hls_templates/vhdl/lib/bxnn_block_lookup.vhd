-- bxnn_block_lookup: any function of a code, read from a table in block RAM; every lane has one of TABLES tables.
--
-- Equation:  y(lane) = row x(lane) of table WHICH(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, the raw code as a row number; y likewise with
--            OUT_BITS; CONTENTS = | table TABLES-1 | ... | table 0 |,
--            table = | row 2**IN_BITS-1 | ... | row 0 |, OUT_BITS each.
-- Latency:   1, the synchronous read, or 2 if REGISTERED = 1: a register after it. A read takes place only with an
--            enable; until the next one y holds.
-- II:        1
-- Cost:      0 DSP, 0 LUT; per lane the block RAMs of 2**IN_BITS words of OUT_BITS bits and, if REGISTERED = 1,
--            OUT_BITS flip-flops.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_block_lookup is
  generic (
    LANES      : positive;        -- codes that are looked up at a time
    IN_BITS    : positive;        -- bits of a code
    OUT_BITS   : positive;        -- bits of an entry
    TABLES     : positive;        -- distinct tables
    WHICH      : integer_vector;  -- table of each lane
    REGISTERED : natural := 0;    -- 1: a register after the memory
    CONTENTS   : std_logic_vector -- the tables, table 0 lowest
  );
  port (
    clk    : in  std_logic;
    enable : in  std_logic;
    x      : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    y      : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_block_lookup;

architecture rtl of bxnn_block_lookup is

  constant DEPTH    : positive := 2 ** IN_BITS;
  constant COMPLETE : boolean  := require(CONTENTS'length = TABLES * DEPTH * OUT_BITS,
    "bxnn_block_lookup: CONTENTS has " & integer'image(CONTENTS'length)
    & " bits, TABLES * 2**IN_BITS * OUT_BITS is " & integer'image(TABLES * DEPTH * OUT_BITS));
  constant ASSIGNED : boolean  := require(WHICH'length = LANES,
    "bxnn_block_lookup: WHICH has " & integer'image(WHICH'length) & " elements, LANES is " & integer'image(LANES));

  attribute rom_style : string;

begin

  each : for i in 0 to LANES - 1 generate

    type row_array is array (natural range <>) of std_logic_vector(OUT_BITS - 1 downto 0);

    function to_rows (flat : std_logic_vector) return row_array is
      variable rows : row_array(DEPTH - 1 downto 0);
    begin
      for row in 0 to DEPTH - 1 loop
        rows(row) := element(flat, row, OUT_BITS);
      end loop;
      return rows;
    end function to_rows;

    constant ROWS : row_array(DEPTH - 1 downto 0) := to_rows(element(CONTENTS, WHICH(WHICH'low + i), DEPTH * OUT_BITS));

    attribute rom_style of ROWS : constant is "block";

    signal code  : unsigned(IN_BITS - 1 downto 0);
    signal found : std_logic_vector(OUT_BITS - 1 downto 0) := (others => '0');
    signal entry : std_logic_vector(OUT_BITS - 1 downto 0) := (others => '0');

  begin

    code <= unsigned(element(x, i, IN_BITS));

    look_up : process (clk)
    begin
      if rising_edge(clk) then
        if enable = '1' then
          found <= ROWS(to_integer(code));
        end if;
      end if;
    end process look_up;

    direct : if REGISTERED = 0 generate
      entry <= found;
    end generate direct;

    later : if REGISTERED > 0 generate
      take : process (clk)
      begin
        if rising_edge(clk) then
          entry <= found;
        end if;
      end process take;
    end generate later;

    y((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= entry;

  end generate each;

end architecture rtl;
