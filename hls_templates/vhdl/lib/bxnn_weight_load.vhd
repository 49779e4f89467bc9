-- bxnn_weight_load: the registers through which weights are loaded at run time and the sets are switched.
--
-- Registers (word addresses; a write is taken in a cycle with write and ready):
--            0 control  bit 0 begin: the next word is the first one of a set; bit 1 switch: events use the other set
--            1 data     the next word, WORDS of them
--            2 status   bit 0 ready, bit 1 full: a whole set is in the bank that events do not use, bit 2 error,
--                       bit 8 the bank that events use
--            3 count    words taken since begin
--            4 words    WORDS
--            5 layout   LAYOUT: which word is which
-- Switching: An event uses the bank that select_bank is in the cycle before its valid; every layer gets it as late as the event.
--            For DRAIN cycles after a switch no word is taken: events under way still read the other bank.
-- Errors:    A word too many, and a switch while there is no whole set, do nothing but set error; begin clears it.
-- Latency:   a word is in its memory three cycles after it was taken; a switch takes effect five cycles after
-- II:        1
-- Cost:      0 DSP, LUTs and flip-flops of the registers
--
-- rst touches no weights and no bank: it is about events. At power-up both banks have the weights of the build.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_weight_load is
  generic (
    WORDS  : positive;                     -- words of a set
    DRAIN  : positive;                     -- cycles from a switch to the last read of the former bank
    WIDTH  : positive range 1 to 32;       -- bits of a word
    LAYOUT : std_logic_vector(31 downto 0) -- identifies which word is which
  );
  port (
    clk         : in  std_logic;
    write       : in  std_logic;
    address     : in  std_logic_vector(2 downto 0);
    write_data  : in  std_logic_vector(31 downto 0);
    ready       : out std_logic;
    read_data   : out std_logic_vector(31 downto 0);
    load_begin  : out std_logic;
    load_enter  : out std_logic;
    load_write  : out std_logic;
    load_bank   : out std_logic;
    load_data   : out std_logic_vector(WIDTH - 1 downto 0);
    select_bank : out std_logic
  );
end entity bxnn_weight_load;

architecture rtl of bxnn_weight_load is

  constant COUNT_BITS    : positive := ceil_log2(WORDS + 1);
  constant DRAIN_BITS    : positive := ceil_log2(DRAIN + 1);
  constant SETTLE_CYCLES : positive := 3; -- cycles that a word takes into its memory

  signal begins   : std_logic                                    := '0';
  signal entering : std_logic                                    := '0';
  signal writes   : std_logic                                    := '0';
  signal free     : std_logic                                    := '1'; -- the bank that events do not use
  signal target   : std_logic                                    := '1';
  signal word     : std_logic_vector(WIDTH - 1 downto 0)         := (others => '0');
  signal settling : std_logic_vector(SETTLE_CYCLES - 1 downto 0) := (others => '0');
  signal full     : std_logic                                    := '1';
  signal error    : std_logic                                    := '0';
  signal count    : unsigned(COUNT_BITS - 1 downto 0)            := to_unsigned(WORDS, COUNT_BITS);
  signal left     : unsigned(DRAIN_BITS - 1 downto 0)            := (others => '0');
  signal idle     : std_logic                                    := '1';
  signal status   : std_logic_vector(31 downto 0);

begin

  ready       <= idle;
  load_begin  <= begins;
  load_enter  <= entering;
  load_write  <= writes;
  load_bank   <= target;
  load_data   <= word;
  select_bank <= settling(SETTLE_CYCLES - 1);

  take : process (clk)
    variable control : boolean;
    variable data    : boolean;
  begin
    if rising_edge(clk) then
      control  := write = '1' and idle = '1' and address = "000";
      data     := write = '1' and idle = '1' and address = "001";
      settling <= settling(SETTLE_CYCLES - 2 downto 0) & not free;
      target   <= free;
      word     <= write_data(WIDTH - 1 downto 0);
      writes   <= '0';
      begins   <= '0';
      entering <= begins;
      if data then
        if full = '1' then
          error <= '1';
        else
          writes <= '1';
          count  <= count + 1;
          if count = WORDS - 1 then
            full <= '1';
          end if;
        end if;
      end if;
      if control and write_data(0) = '1' then
        begins <= '1';
        full   <= '0';
        error  <= '0';
        count  <= (others => '0');
      end if;
      -- Events under way read the bank that becomes free until they have left.
      if left /= 0 then
        left <= left - 1;
      end if;
      if left = 1 then
        idle <= '1';
      end if;
      if control and write_data(1) = '1' and write_data(0) = '0' then
        if full = '1' then
          free <= not free;
          left <= to_unsigned(DRAIN, DRAIN_BITS);
          idle <= '0';
        else
          error <= '1';
        end if;
      end if;
    end if;
  end process take;

  status <= (0 => idle, 1 => full, 2 => error, 8 => not free, others => '0');

  read_data <= only_if(address = "010", status)
               or only_if(address = "011", std_logic_vector(resize(count, 32)))
               or only_if(address = "100", std_logic_vector(to_unsigned(WORDS, 32)))
               or only_if(address = "101", LAYOUT);

end architecture rtl;
