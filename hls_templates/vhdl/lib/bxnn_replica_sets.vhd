-- bxnn_replica_sets: registers with the words of an event, phase after phase, from the set of weights of its channel.
--
-- Equation:  data = row p of the event's set in cycle p of an event, row 0 between events; valid is high in cycle -EARLY
--            the set is what weight_set is from cycle -2 on, for DEPTH cycles
-- Bits:      CONTENTS = | set SETS-1 | ... | set 0 |, set = | row DEPTH-1 | ... | row 0 |, WIDTH bits each
-- Time:      as bxnn_replica_rom: in every cycle of an event the registers load the next row.
--
--            weight_set   s   s   s   s   t   t
--            valid                1                   EARLY = 0
--            data                 s0  s1  s2  s3      DEPTH = 4
--            cycle        -2  -1   0   1   2   3
--
-- Latency:   0: row 0 is there before valid is.
-- II:        DEPTH
-- Cost:      0 DSP; WIDTH flip-flops and what bxnn_replica_place has; per register the LUTs of bxnn_replica_table for
--            2**ceil_log2(DEPTH) words of each set.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_replica_sets is
  generic (
    SETS     : positive;                  -- sets, at least 2
    DEPTH    : positive;                  -- rows of a set
    WIDTH    : positive;                  -- bits of a row
    EARLY    : natural range 0 to 1 := 0; -- cycles from valid to row 0
    CONTENTS : std_logic_vector           -- the sets, row 0 of set 0 lowest
  );
  port (
    clk        : in  std_logic;
    rst        : in  std_logic;
    valid      : in  std_logic;
    weight_set : in  std_logic_vector(ceil_log2(SETS) - 1 downto 0);
    data       : out std_logic_vector(WIDTH - 1 downto 0)
  );
end entity bxnn_replica_sets;

architecture rtl of bxnn_replica_sets is

  constant ROWS : std_logic_vector(SETS * DEPTH * WIDTH - 1 downto 0) := CONTENTS;

  constant STRIDE : positive := 2 ** ceil_log2(DEPTH); -- from a set to the next in the table
  constant WORDS  : positive := (SETS - 1) * STRIDE + DEPTH;

  -- GHDL 2.0 writes constants that are wider as text that no Verilog reader takes for a number.
  constant PART : positive := 32;

  signal place : std_logic_vector(ceil_log2(SETS) + ceil_log2(DEPTH) - 1 downto 0);

begin

  address : entity work.bxnn_replica_place
    generic map (
      SETS  => SETS,
      DEPTH => DEPTH,
      EARLY => EARLY
    )
    port map (
      clk        => clk,
      rst        => rst,
      valid      => valid,
      weight_set => weight_set,
      place      => place
    );

  parts : for i in 0 to (WIDTH - 1) / PART generate
    constant LOW   : natural  := i * PART;
    constant TAKEN : positive := minimum(PART, WIDTH - LOW);

    -- The words of the table; a place between two sets has the last row before it.
    function words_of_part return std_logic_vector is
      variable words_found : std_logic_vector(WORDS * TAKEN - 1 downto 0);
      variable row         : natural;
    begin
      for n in 0 to WORDS - 1 loop
        row := (n / STRIDE) * DEPTH + minimum(n mod STRIDE, DEPTH - 1);
        words_found((n + 1) * TAKEN - 1 downto n * TAKEN) := ROWS(row * WIDTH + LOW + TAKEN - 1 downto row * WIDTH + LOW);
      end loop;
      return words_found;
    end function words_of_part;

    signal word     : std_logic_vector(TAKEN - 1 downto 0) := ROWS(LOW + TAKEN - 1 downto LOW);
    signal upcoming : std_logic_vector(TAKEN - 1 downto 0);

    attribute keep               : string;
    attribute dont_touch         : string;
    attribute preserve           : boolean;
    attribute dont_merge         : boolean;
    attribute keep of word       : signal is "true";
    attribute dont_touch of word : signal is "true";
    attribute preserve of word   : signal is true;
    attribute dont_merge of word : signal is true;
  begin

    table : entity work.bxnn_replica_table
      generic map (
        WORDS    => WORDS,
        WIDTH    => TAKEN,
        CONTENTS => words_of_part
      )
      port map (
        place => place,
        data  => upcoming
      );

    load : process (clk)
    begin
      if rising_edge(clk) then
        word <= upcoming;
      end if;
    end process load;

    data(LOW + TAKEN - 1 downto LOW) <= word;

  end generate parts;

end architecture rtl;
