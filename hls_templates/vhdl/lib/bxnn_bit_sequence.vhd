-- bxnn_bit_sequence: one bit for each step of a counter, known a step before.
--
-- Equation:  after a step with number n, ahead = BITS(n + 1), 0 after the last; a restart is step 0
-- Bits:      BITS = | step STEPS-1 | ... | step 0 |, one bit each; number is unsigned, phase_bits(STEPS) bits.
-- Time:      a cycle with restart = '1' or step = '1' is a step; steps follow each other in order. Beyond 64 steps a
--            bit is looked up two steps before it is asked for, in all pages of 64 steps at once; a step before, the
--            page is chosen. So no path leads through both.
-- Latency:   1
-- II:        1
-- Cost:      0 DSP; a LUT6 per page and its flip-flop if there are several, a multiplexer of pages, a flip-flop.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_bit_sequence is
  generic (
    STEPS : positive;        -- steps of the sequence
    BITS  : std_logic_vector -- a bit per step
  );
  port (
    clk     : in  std_logic;
    restart : in  std_logic;
    step    : in  std_logic;
    number  : in  std_logic_vector(phase_bits(STEPS) - 1 downto 0);
    ahead   : out std_logic
  );
end entity bxnn_bit_sequence;

architecture rtl of bxnn_bit_sequence is

  constant CHECKED : boolean := require(BITS'length = STEPS,
    "bxnn_bit_sequence: BITS has " & integer'image(BITS'length) & " bits, STEPS is " & integer'image(STEPS));

  constant WIDTH       : positive := phase_bits(STEPS);
  constant PAGE_WIDTH  : positive := minimum(WIDTH, 6); -- inputs of a LUT
  constant PAGE        : positive := 2 ** PAGE_WIDTH;
  constant PAGES       : positive := (STEPS + PAGE - 1) / PAGE;
  constant PAGE_NUMBER : positive := max(1, WIDTH - PAGE_WIDTH);

  constant FLAT : std_logic_vector(STEPS - 1 downto 0) := BITS;

  -- The bit of a step; no step follows the last.
  function bit_of (step_number : natural) return std_logic is
  begin
    if step_number < STEPS then
      return FLAT(step_number);
    end if;
    return '0';
  end function bit_of;

  -- A page by the lowest bits of a number: the bits that follow in the next step, or in the one after it.
  function page_of (index : natural; ahead_by : positive) return std_logic_vector is
    variable found : std_logic_vector(PAGE - 1 downto 0);
  begin
    for n in 0 to PAGE - 1 loop
      found(n) := bit_of(index * PAGE + (n + ahead_by - 1) mod PAGE + 1);
    end loop;
    return found;
  end function page_of;

  -- A bit of a page, as a sum of products: of a constant of 64 bits whose lower half is 0, GHDL 2.0 makes Verilog that is
  -- 0 altogether.
  function bit_at (page_bits : std_logic_vector; place : unsigned) return std_logic is
    variable found : std_logic := '0';
  begin
    for n in 0 to PAGE - 1 loop
      if page_bits(n) = '1' and place = n then
        found := '1';
      end if;
    end loop;
    return found;
  end function bit_at;

  signal low      : unsigned(PAGE_WIDTH - 1 downto 0);
  signal next_bit : std_logic := '0';

begin

  low   <= unsigned(number(PAGE_WIDTH - 1 downto 0));
  ahead <= next_bit;

  single : if PAGES = 1 generate
    constant FOLLOWING : std_logic_vector(PAGE - 1 downto 0) := page_of(0, 1);
  begin

    look_up : process (clk)
    begin
      if rising_edge(clk) then
        if restart = '1' then
          next_bit <= bit_of(1);
        elsif step = '1' then
          next_bit <= bit_at(FOLLOWING, low);
        end if;
      end if;
    end process look_up;

  end generate single;

  several : if PAGES > 1 generate
    signal chosen    : unsigned(PAGE_NUMBER - 1 downto 0);
    signal looked_up : std_logic_vector(PAGES - 1 downto 0);
  begin

    chosen <= unsigned(number(WIDTH - 1 downto WIDTH - PAGE_NUMBER));

    each_page : for p in 0 to PAGES - 1 generate
      constant LATER : std_logic_vector(PAGE - 1 downto 0) := page_of(p, 2);
      signal found   : std_logic := LATER(0);
    begin

      look_up : process (clk)
      begin
        if rising_edge(clk) then
          if restart = '1' then
            found <= LATER(0);
          elsif step = '1' then
            found <= bit_at(LATER, low);
          end if;
        end if;
      end process look_up;

      looked_up(p) <= found;

    end generate each_page;

    choose : process (clk)
    begin
      if rising_edge(clk) then
        if restart = '1' then
          next_bit <= bit_of(1);
        elsif step = '1' then
          next_bit <= '0';
          for p in looked_up'range loop
            if chosen = p then
              next_bit <= looked_up(p);
            end if;
          end loop;
        end if;
      end if;
    end process choose;

  end generate several;

end architecture rtl;
