-- bxnn_over_turns: the sum, the largest or the smallest of what arrives in the turns of an event, element by element.
--
-- Equation:  y(i) = x(i) of turn 0 + ... + x(i) of turn TURNS-1, or their maximum or minimum, by OPERATION;
--            a sum is that of the low BITS bits
-- Bits:      x = | element ELEMENTS-1 | ... | element 0 |, IN_BITS each, signed codes when SIGNED_CODES = 1;
--            y likewise, BITS each; turn is unsigned
-- Latency:   1, from the last turn of an event; y stays until the next result arrives
-- II:        1. turn is the number of the turn whose result is valid two cycles later.
-- Cost:      0 DSP; per element an adder, or a comparator and a multiplexer; ELEMENTS * BITS flip-flops,
--            ceil_log2(TURNS) + 2 for turn and one for valid.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_over_turns is
  generic (
    TURNS        : positive;             -- turns of an event, at least 2
    ELEMENTS     : positive;             -- elements of a result
    IN_BITS      : positive;             -- bits of an element of x
    SIGNED_CODES : natural range 0 to 1; -- 1: x is two's complement; 0: unsigned
    BITS         : positive;             -- bits of an element of y
    OPERATION    : string                -- "SUM", "MAXIMUM" or "MINIMUM"
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    turn    : in  std_logic_vector(ceil_log2(TURNS) - 1 downto 0);
    valid   : in  std_logic;
    x       : in  std_logic_vector(ELEMENTS * IN_BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(ELEMENTS * BITS - 1 downto 0)
  );
end entity bxnn_over_turns;

architecture rtl of bxnn_over_turns is

  constant KNOWN : boolean := require(
    OPERATION = "SUM" or OPERATION = "MAXIMUM" or OPERATION = "MINIMUM",
    "bxnn_over_turns: OPERATION is """ & OPERATION & """, known are SUM, MAXIMUM, MINIMUM");

  subtype code is signed(BITS downto 0);

  -- What element of x becomes with the result so far, of which nothing is left if it is from another event.
  function combined (arriving, earlier : code; opens : std_logic) return code is
    variable larger : boolean;
  begin
    if OPERATION = "SUM" then
      if opens = '1' then
        return arriving;
      end if;
      return arriving + earlier;
    end if;
    larger := arriving > earlier;
    if opens = '1' or larger = (OPERATION = "MAXIMUM") then
      return arriving;
    end if;
    return earlier;
  end function combined;

  signal number : unsigned(turn'range)                           := (others => '0');
  signal first  : std_logic                                      := '0';
  signal last   : std_logic                                      := '0';
  signal done   : std_logic                                      := '0';
  signal result : std_logic_vector(ELEMENTS * BITS - 1 downto 0) := (others => '0');

begin

  control : process (clk)
  begin
    if rising_edge(clk) then
      number <= unsigned(turn);
      first  <= '0';
      last   <= '0';
      done   <= valid and last;
      if number = 0 then
        first <= '1';
      end if;
      if number = TURNS - 1 then
        last <= '1';
      end if;
      if rst = '1' then
        done <= '0';
      end if;
    end if;
  end process control;

  take : process (clk)
    variable found : code;
  begin
    if rising_edge(clk) then
      if valid = '1' then
        for i in 0 to ELEMENTS - 1 loop
          found := combined(
            to_operand(element(x, i, IN_BITS), SIGNED_CODES, BITS + 1),
            to_operand(element(result, i, BITS), SIGNED_CODES, BITS + 1), first);
          result((i + 1) * BITS - 1 downto i * BITS) <= std_logic_vector(found(BITS - 1 downto 0));
        end loop;
      end if;
    end if;
  end process take;

  y_valid <= done;
  y       <= result;

end architecture rtl;
