-- bxnn_replica_place: where the next row of an event is in a table with the rows of every set of weights.
--
-- Equation:  place in cycle p - 1 of an event = | set | p |, the set that weight_set was in cycle -2; between events p = 0;
--            valid is high in cycle -EARLY
-- Bits:      place has ceil_log2(SETS) bits of the set above ceil_log2(DEPTH) bits of the phase, both unsigned.
-- Time:      weight_set stays for DEPTH cycles at least, so that its register is all that is between them.
--
--            weight_set   s   s   s   s   ?   ?
--            valid                1                   EARLY = 0
--            place       s|?  s|0 s|1 s|2 s|3 ?|0     DEPTH = 4
--            cycle        -2  -1   0   1   2   3
--
-- Latency:   1 from weight_set
-- II:        DEPTH
-- Cost:      0 DSP, ceil_log2(SETS) flip-flops and, for DEPTH > 1, EARLY + ceil_log2(DEPTH) more; a few LUTs for the
--            count (weight_registers.py counts them).
--
-- It is an entity of its own for the reasons of bxnn_replica: equal counts of two of them stay apart, so that none has
-- many loads.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_replica_place is
  generic (
    SETS  : positive;                 -- sets, at least 2
    DEPTH : positive;                 -- rows of an event
    EARLY : natural range 0 to 1 := 0 -- cycles from valid to row 0
  );
  port (
    clk        : in  std_logic;
    rst        : in  std_logic;
    valid      : in  std_logic;
    weight_set : in  std_logic_vector(ceil_log2(SETS) - 1 downto 0);
    place      : out std_logic_vector(ceil_log2(SETS) + ceil_log2(DEPTH) - 1 downto 0)
  );
end entity bxnn_replica_place;

architecture rtl of bxnn_replica_place is

  constant PHASE_WIDTH : natural := ceil_log2(DEPTH);
  constant FEW_PHASES  : natural := 64; -- of which a count is a sum of products

  signal held_set : std_logic_vector(ceil_log2(SETS) - 1 downto 0) := (others => '0');

  attribute keep                   : string;
  attribute dont_touch             : string;
  attribute preserve               : boolean;
  attribute dont_merge             : boolean;
  attribute keep of held_set       : signal is "true";
  attribute dont_touch of held_set : signal is "true";
  attribute preserve of held_set   : signal is true;
  attribute dont_merge of held_set : signal is true;

begin

  hold : process (clk)
  begin
    if rising_edge(clk) then
      held_set <= weight_set;
    end if;
  end process hold;

  place(place'high downto PHASE_WIDTH) <= held_set;

  several_rows : if DEPTH > 1 generate
    signal started : std_logic                          := '0';
    signal start   : std_logic;
    signal count   : unsigned(PHASE_WIDTH - 1 downto 0) := (others => '0');
    signal later   : unsigned(PHASE_WIDTH - 1 downto 0);

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

    -- The next phase, 0 after 0, after the last one and after phases that there are not.
    few : if DEPTH <= FEW_PHASES generate
      advance : process (count, start)
        variable following : std_logic_vector(count'range);
      begin
        following := (others => '0');
        for p in 1 to DEPTH - 2 loop
          following := following or only_if(count = p, std_logic_vector(to_unsigned(p + 1, count'length)));
        end loop;
        later <= unsigned(following);
        if start = '1' then
          later <= to_unsigned(1, count'length);
        end if;
      end process advance;
    end generate few;

    many : if DEPTH > FEW_PHASES generate
      advance : process (count, start)
      begin
        later <= count + 1;
        if start = '1' then
          later <= to_unsigned(1, count'length);
        elsif count = 0 or count >= DEPTH - 1 then
          later <= (others => '0');
        end if;
      end process advance;
    end generate many;

    place(PHASE_WIDTH - 1 downto 0) <= std_logic_vector(later);

    counter : process (clk)
    begin
      if rising_edge(clk) then
        started <= valid;
        count   <= later;
        if rst = '1' then
          started <= '0';
          count   <= (others => '0');
        end if;
      end if;
    end process counter;

  end generate several_rows;

end architecture rtl;
