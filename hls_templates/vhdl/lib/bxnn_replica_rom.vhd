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
--            64 rows and those that choose between them (bxnn_replica_choice); some for the counter (weight_registers.py counts them).
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

  -- Words after a number of levels of choices between four, and those of all levels before.
  function nodes_of_level (level : natural) return positive is
    variable left : positive := PAGE_COUNT;
  begin
    for l in 1 to level loop
      left := (left + 3) / 4;
    end loop;
    return left;
  end function nodes_of_level;

  function first_of_level (level : natural) return natural is
    variable nodes_before : natural := 0;
  begin
    for l in 0 to level - 1 loop
      nodes_before := nodes_before + nodes_of_level(l);
    end loop;
    return nodes_before;
  end function first_of_level;

  constant LEVELS : natural := (ceil_log2(PAGE_COUNT) + 1) / 2;

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
      signal found  : std_logic_vector(PAGE_COUNT * TAKEN - 1 downto 0);
      signal nodes  : std_logic_vector(first_of_level(LEVELS + 1) * TAKEN - 1 downto 0);
      signal number : std_logic_vector(5 + 2 * LEVELS downto 0);
    begin

      each_page : for q in 0 to PAGE_COUNT - 1 generate
        constant WORDS : positive := minimum(PAGE_ROWS, DEPTH - q * PAGE_ROWS);

        function words_of_page return std_logic_vector is
          variable words_found : std_logic_vector(WORDS * TAKEN - 1 downto 0);
        begin
          for p in 0 to WORDS - 1 loop
            words_found((p + 1) * TAKEN - 1 downto p * TAKEN) := bits_after(q * PAGE_ROWS + p);
          end loop;
          return words_found;
        end function words_of_page;
      begin
        page : entity work.bxnn_replica_page
          generic map (
            WORDS    => WORDS,
            WIDTH    => TAKEN,
            CONTENTS => words_of_page
          )
          port map (
            place => std_logic_vector(count(5 downto 0)),
            data  => found((q + 1) * TAKEN - 1 downto q * TAKEN)
          );
      end generate each_page;

      -- Two bits of the count choose one of four pages, the next two one of four groups of these, and so on.
      nodes(PAGE_COUNT * TAKEN - 1 downto 0) <= found;
      number                                 <= std_logic_vector(resize(count, number'length));

      each_level : for l in 0 to LEVELS - 1 generate
        constant BELOW : positive := nodes_of_level(l);
      begin
        each_node : for q in 0 to nodes_of_level(l + 1) - 1 generate
          constant FIRST : natural  := (first_of_level(l) + 4 * q) * TAKEN;
          constant WORDS : positive := minimum(4, BELOW - 4 * q);
          constant OWN   : natural  := (first_of_level(l + 1) + q) * TAKEN;
        begin
          single : if WORDS = 1 generate
            nodes(OWN + TAKEN - 1 downto OWN) <= nodes(FIRST + TAKEN - 1 downto FIRST);
          end generate single;

          several : if WORDS > 1 generate
            choice : entity work.bxnn_replica_choice
              generic map (
                WORDS => WORDS,
                WIDTH => TAKEN
              )
              port map (
                number => number(7 + 2 * l downto 6 + 2 * l),
                x      => nodes(FIRST + WORDS * TAKEN - 1 downto FIRST),
                y      => nodes(OWN + TAKEN - 1 downto OWN)
              );
          end generate several;
        end generate each_node;
      end generate each_level;

      upcoming <= nodes(nodes'high downto nodes'length - TAKEN);

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
