-- bxnn_set_choice: the set of weights of an event, from its tag, until the next event.
--
-- Equation:  weight_set = min(tag, SETS - 1) in cycles with valid, and what it was in the last one after that
-- Bits:      tag and weight_set are unsigned, ceil_log2(SETS) bits.
--
--            valid        1           1
--            tag          a   ?   ?   b   ?
--            weight_set   a   a   a   b   b
--
-- Latency:   0
-- II:        1
-- Cost:      0 DSP; ceil_log2(SETS) flip-flops and as many LUTs, and some for the comparison if SETS is not a power of two.
--
-- A channel beyond the last one uses the weights of the last one: no tag gives an undefined result.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_set_choice is
  generic (
    SETS : positive -- sets, at least 2
  );
  port (
    clk        : in  std_logic;
    valid      : in  std_logic;
    tag        : in  std_logic_vector(ceil_log2(SETS) - 1 downto 0);
    weight_set : out std_logic_vector(ceil_log2(SETS) - 1 downto 0)
  );
end entity bxnn_set_choice;

architecture rtl of bxnn_set_choice is

  signal number : std_logic_vector(tag'range);
  signal held   : std_logic_vector(tag'range) := (others => '0');

begin

  number <= std_logic_vector(to_unsigned(SETS - 1, tag'length)) when unsigned(tag) > SETS - 1 else
            tag;

  weight_set <= number when valid = '1' else
                held;

  hold : process (clk)
  begin
    if rising_edge(clk) then
      held <= weight_set;
    end if;
  end process hold;

end architecture rtl;
