-- bxnn_replica_rom: registers with the words of an event, phase after phase, and the counter of its phases.
--
-- Equation:  data = row p of CONTENTS in cycle p of an event, row 0 between events; valid is high in cycle -EARLY
-- Bits:      CONTENTS = | row DEPTH-1 | ... | row 1 | row 0 |, WIDTH bits each
-- Time:      a register already holds the row of the current cycle: in every cycle of an event it loads the next one.
--
--            valid    _|1|_______________     EARLY = 0
--            count     0   1   2   3   0     DEPTH = 4
--            data     r0  r1  r2  r3  r0
--
-- Latency:   0: row 0 is there before valid is.
-- II:        DEPTH. A valid that comes earlier restarts the count; the rows of its phases 0 and 1 are then wrong.
-- Cost:      0 DSP, EARLY + phase_bits(DEPTH) + WIDTH flip-flops; a LUT6 per register (up to 64 rows) and some for the counter.
--
-- It is an entity of its own for the reasons of bxnn_replica: equal registers of two of them stay apart, so that none
-- has many loads, and no register is computed from another through several LUTs.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_replica_rom is
  generic (
    DEPTH    : positive;                  -- rows, at least 2
    WIDTH    : positive;                  -- bits of a row
    EARLY    : natural range 0 to 1 := 0; -- cycles from valid to row 0
    CONTENTS : std_logic_vector           -- the rows, row 0 lowest
  );
  port (
    clk   : in  std_logic;
    rst   : in  std_logic;
    valid : in  std_logic;
    data  : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica_rom;

architecture rtl of bxnn_replica_rom is

  constant ROWS : std_logic_vector(DEPTH * WIDTH - 1 downto 0) := CONTENTS;

  -- GHDL 2.0 writes constants that are wider as text that no Verilog reader takes for a number.
  constant PART : positive := 32;

  signal started : std_logic                                := '0';
  signal start   : std_logic;
  signal later   : unsigned(phase_bits(DEPTH) - 1 downto 0);
  signal count   : unsigned(phase_bits(DEPTH) - 1 downto 0) := (others => '0');

  attribute keep                  : string;
  attribute dont_touch            : string;
  attribute preserve              : boolean;
  attribute dont_merge            : boolean;
  attribute keep of started       : signal is "true";
  attribute keep of count         : signal is "true";
  attribute dont_touch of started : signal is "true";
  attribute dont_touch of count   : signal is "true";
  attribute preserve of started   : signal is true;
  attribute preserve of count     : signal is true;
  attribute dont_merge of started : signal is true;
  attribute dont_merge of count   : signal is true;

begin

  start <= started when EARLY = 1 else
           valid;

  -- The next phase, 0 after 0, after the last one and after phases that there are not: written without a carry chain.
  advance : process (count)
    variable following : unsigned(count'range);
  begin
    following := (others => '0');
    for p in 1 to DEPTH - 2 loop
      if count = p then
        following := to_unsigned(p + 1, count'length);
      end if;
    end loop;
    later <= following;
  end process advance;

  counter : process (clk)
  begin
    if rising_edge(clk) then
      started <= valid;
      if start = '1' then
        count <= to_unsigned(1, count'length);
      else
        count <= later;
      end if;
      if rst = '1' then
        started <= '0';
        count   <= (others => '0');
      end if;
    end if;
  end process counter;

  parts : for i in 0 to (WIDTH - 1) / PART generate
    constant LOW   : natural  := i * PART;
    constant TAKEN : positive := minimum(PART, WIDTH - LOW);

    function bits_of_row (row : natural) return std_logic_vector is
    begin
      return ROWS(row * WIDTH + LOW + TAKEN - 1 downto row * WIDTH + LOW);
    end function bits_of_row;

    signal word     : std_logic_vector(TAKEN - 1 downto 0) := bits_of_row(0);
    signal upcoming : std_logic_vector(TAKEN - 1 downto 0);

    attribute keep of word       : signal is "true";
    attribute dont_touch of word : signal is "true";
    attribute preserve of word   : signal is true;
    attribute dont_merge of word : signal is true;
  begin

    -- The row after that of the current phase, as a sum of products: no tool takes it for a memory.
    look_up : process (count)
      variable row : std_logic_vector(TAKEN - 1 downto 0);
    begin
      row := (others => '0');
      for p in 0 to DEPTH - 1 loop
        if count = p then
          row := bits_of_row((p + 1) mod DEPTH);
        end if;
      end loop;
      upcoming <= row;
    end process look_up;

    hold : process (clk)
    begin
      if rising_edge(clk) then
        if start = '1' or count /= 0 then
          word <= upcoming;
        end if;
        if rst = '1' then
          word <= bits_of_row(0);
        end if;
      end if;
    end process hold;

    data(LOW + TAKEN - 1 downto LOW) <= word;

  end generate parts;

end architecture rtl;
