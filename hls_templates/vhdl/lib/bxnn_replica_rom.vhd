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
-- Cost:      0 DSP, EARLY + phase_bits(DEPTH) + WIDTH flip-flops, two more beyond 64 rows; per register a LUT6 for every
--            64 rows and those that choose between them (bxnn_replica_table); some for the counter (weight_registers.py counts them).
--
-- rst stops the counter; the registers have the first row a cycle later, as between all events.
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

  constant PAGE_ROWS  : positive := 64; -- rows of which a LUT6 holds a bit
  constant PAGE_COUNT : positive := (DEPTH + PAGE_ROWS - 1) / PAGE_ROWS;

  signal started : std_logic                                := '0';
  signal start   : std_logic;
  signal moves   : std_logic; -- the next row is not the first one of an event to come
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
  few_phases : if PAGE_COUNT = 1 generate

    moves <= '1' when start = '1' or count /= 0 else
             '0';

    advance : process (count)
      variable following : std_logic_vector(count'range);
    begin
      following := (others => '0');
      for p in 1 to DEPTH - 2 loop
        following := following or only_if(count = p, std_logic_vector(to_unsigned(p + 1, count'length)));
      end loop;
      later <= unsigned(following);
    end process advance;

  end generate few_phases;

  -- Of many phases, registers hold whether there is an event, and whether its phase is the last one.
  many_phases : if PAGE_COUNT > 1 generate
    signal running : std_logic := '0';
    signal last    : std_logic := '0';
  begin

    moves <= start or running;

    advance : process (count, running, last)
      variable carried : std_logic;
    begin
      carried := '1';
      for b in count'reverse_range loop
        later(b) <= count(b) xor carried;
        carried  := carried and count(b);
      end loop;
      if running = '0' or last = '1' then
        later <= (others => '0');
      end if;
    end process advance;

    limits : process (clk)
    begin
      if rising_edge(clk) then
        running <= start or (running and not last);
        last    <= '0';
        if count = DEPTH - 2 then
          last <= running and not start;
        end if;
        if rst = '1' then
          running <= '0';
          last    <= '0';
        end if;
      end if;
    end process limits;

  end generate many_phases;

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

    -- The row after row p.
    function bits_after (row : natural) return std_logic_vector is
      constant FOLLOWING : natural := (row + 1) mod DEPTH;
    begin
      return ROWS(FOLLOWING * WIDTH + LOW + TAKEN - 1 downto FOLLOWING * WIDTH + LOW);
    end function bits_after;

    signal word     : std_logic_vector(TAKEN - 1 downto 0) := bits_after(DEPTH - 1);
    signal upcoming : std_logic_vector(TAKEN - 1 downto 0);

    attribute keep of word       : signal is "true";
    attribute dont_touch of word : signal is "true";
    attribute preserve of word   : signal is true;
    attribute dont_merge of word : signal is true;
  begin

    -- The row after that of the current phase, as a sum of products: no tool takes it for a memory.
    one_page : if PAGE_COUNT = 1 generate

      look_up : process (count)
        variable row : std_logic_vector(TAKEN - 1 downto 0);
      begin
        row := (others => '0');
        for p in 0 to DEPTH - 1 loop
          row := row or only_if(count = p, bits_after(p));
        end loop;
        upcoming <= row;
      end process look_up;

    end generate one_page;

    several_pages : if PAGE_COUNT > 1 generate

      function words_of_table return std_logic_vector is
        variable words_found : std_logic_vector(DEPTH * TAKEN - 1 downto 0);
      begin
        for p in 0 to DEPTH - 1 loop
          words_found((p + 1) * TAKEN - 1 downto p * TAKEN) := bits_after(p);
        end loop;
        return words_found;
      end function words_of_table;

    begin

      table : entity work.bxnn_replica_table
        generic map (
          WORDS    => DEPTH,
          WIDTH    => TAKEN,
          CONTENTS => words_of_table
        )
        port map (
          place => std_logic_vector(count),
          data  => upcoming
        );

    end generate several_pages;

    -- Between events it is the first row.
    hold : process (clk)
    begin
      if rising_edge(clk) then
        word <= bits_after(DEPTH - 1);
        if moves = '1' then
          word <= upcoming;
        end if;
      end if;
    end process hold;

    data(LOW + TAKEN - 1 downto LOW) <= word;

  end generate parts;

end architecture rtl;
