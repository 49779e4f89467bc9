-- bxnn_lookup: any function of a code, read from a table; every lane has one of TABLES tables.
--
-- Equation:  y(lane) = row x(lane) of table WHICH(lane)
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, IN_BITS each, the raw code as a row number; y likewise with
--            OUT_BITS; CONTENTS = | table TABLES-1 | ... | table 0 |,
--            table = | row 2**IN_BITS-1 | ... | row 0 |, OUT_BITS each.
-- Copies:    with ENABLE_COUNT > 0, enable_copies are equal to enable; each loads neighbouring lanes.
-- Latency:   1, or 2 if PAGED = 1: every page of 64 rows looks up into registers, then one is selected. y loads only
--            with an enable and holds otherwise.
-- II:        1
-- Cost:      0 DSP, OUT_BITS flip-flops per lane and, per bit of y, a LUT6 for every 64 rows (beyond 64, wide
--            multiplexers combine them); fewer if the table has structure. If PAGED = 1, a flip-flop for each of those
--            LUTs, and copies of enable that load MAX_FANOUT flip-flops at most.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_lookup is
  generic (
    LANES        : positive;         -- codes that are looked up at a time
    IN_BITS      : positive;         -- bits of a code
    OUT_BITS     : positive;         -- bits of an entry
    TABLES       : positive;         -- distinct tables
    WHICH        : integer_vector;   -- table of each lane
    PAGED        : natural := 0;     -- 1: a register for every page of 64 rows
    MAX_FANOUT   : natural := 0;     -- most flip-flops that a copy of enable loads if PAGED = 1; 0: any
    CONTENTS     : std_logic_vector; -- the tables, table 0 lowest
    ENABLE_COUNT : natural := 0      -- copies of enable; 0: enable itself loads all lanes
  );
  port (
    clk           : in  std_logic;
    enable        : in  std_logic;
    x             : in  std_logic_vector(LANES * IN_BITS - 1 downto 0);
    enable_copies : in  std_logic_vector(max(1, ENABLE_COUNT) - 1 downto 0) := (others => '0');
    y             : out std_logic_vector(LANES * OUT_BITS - 1 downto 0)
  );
end entity bxnn_lookup;

architecture rtl of bxnn_lookup is

  constant DEPTH    : positive := 2 ** IN_BITS;
  constant COMPLETE : boolean  := require(CONTENTS'length = TABLES * DEPTH * OUT_BITS,
    "bxnn_lookup: CONTENTS has " & integer'image(CONTENTS'length)
    & " bits, TABLES * 2**IN_BITS * OUT_BITS is " & integer'image(TABLES * DEPTH * OUT_BITS));
  constant ASSIGNED : boolean  := require(WHICH'length = LANES,
    "bxnn_lookup: WHICH has " & integer'image(WHICH'length) & " elements, LANES is " & integer'image(LANES));

  constant PAGES_EXIST : boolean := require(PAGED = 0 or IN_BITS > 6,
    "bxnn_lookup: PAGED is 1, but IN_BITS is " & integer'image(IN_BITS) & ": there is one page");

  constant LANE_LOADS : positive := chunk(LANES * OUT_BITS, MAX_FANOUT);
  constant COPY_LANES : positive := max(1, LANE_LOADS / OUT_BITS);
  constant COPIES     : positive := (LANES + COPY_LANES - 1) / COPY_LANES;

  -- Copies of enable, a cycle later.
  signal enables : std_logic_vector(0 to COPIES - 1);

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

    signal code  : unsigned(IN_BITS - 1 downto 0);
    signal entry : std_logic_vector(OUT_BITS - 1 downto 0) := (others => '0');

  begin

    code <= unsigned(element(x, i, IN_BITS));

    whole : if PAGED = 0 generate
      signal loaded : std_logic;
    begin

      loaded <= enable when ENABLE_COUNT = 0 else
                enable_copies(copy_of(i, LANES, max(1, ENABLE_COUNT)));

      load : process (clk)
      begin
        if rising_edge(clk) then
          if loaded = '1' then
            entry <= ROWS(to_integer(code));
          end if;
        end if;
      end process load;
    end generate whole;

    by_page : if PAGED > 0 generate
      constant PAGES : positive := DEPTH / 64;

      signal found : std_logic_vector(PAGES * OUT_BITS - 1 downto 0);
      signal page  : std_logic_vector(IN_BITS - 7 downto 0) := (others => '0');
    begin

      each_page : for p in 0 to PAGES - 1 generate
        constant PAGE_ROWS : row_array(63 downto 0) := ROWS(64 * p + 63 downto 64 * p);
        signal   looked_up : std_logic_vector(OUT_BITS - 1 downto 0) := (others => '0');
      begin

        look_up : process (clk)
        begin
          if rising_edge(clk) then
            looked_up <= PAGE_ROWS(to_integer(code(5 downto 0)));
          end if;
        end process look_up;

        found((p + 1) * OUT_BITS - 1 downto p * OUT_BITS) <= looked_up;

      end generate each_page;

      load : process (clk)
      begin
        if rising_edge(clk) then
          page <= std_logic_vector(code(IN_BITS - 1 downto 6));
          if enables(i / COPY_LANES) = '1' then
            entry <= chosen_word(found, page, OUT_BITS);
          end if;
        end if;
      end process load;

    end generate by_page;

    y((i + 1) * OUT_BITS - 1 downto i * OUT_BITS) <= entry;

  end generate each;

  paged_enables : if PAGED > 0 generate
    copy : for c in enables'range generate
      signal own : std_logic;
    begin

      own <= enable when ENABLE_COUNT = 0 else
             enable_copies(copy_of(c, COPIES, max(1, ENABLE_COUNT)));

      registered : entity work.bxnn_replica
        generic map (
          WIDTH => 1
        )
        port map (
          clk  => clk,
          rst  => '0',
          d(0) => own,
          q(0) => enables(c)
        );
    end generate copy;
  end generate paged_enables;

end architecture rtl;
