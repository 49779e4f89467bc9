-- bxnn_result_register: the register that holds the results of a layer.
--
-- Equation:  y loads x when enable is high and holds otherwise, so a parallel result stays for its event.
-- Copies:    with ENABLE_COUNT > 0, enable_copies are equal to enable; each loads the bits of neighbouring words.
-- Latency:   1
-- II:        1
-- Cost:      0 DSP, BITS flip-flops.
--
-- The logic before it is long. If synthesis put the register into the DSP slice that reads it, the path through that
-- logic would end at the slice, after the wires to it. So it is a separate entity that synthesis keeps intact until
-- slices are packed, and vendors' tools are told not to absorb it.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_result_register is
  generic (
    BITS         : positive;      -- bits of all results
    WORDS        : positive := 1; -- results
    ENABLE_COUNT : natural  := 0  -- copies of enable; 0: enable itself loads all bits
  );
  port (
    clk           : in  std_logic;
    enable        : in  std_logic;
    x             : in  std_logic_vector(BITS - 1 downto 0);
    enable_copies : in  std_logic_vector(max(1, ENABLE_COUNT) - 1 downto 0) := (others => '0');
    y             : out std_logic_vector(BITS - 1 downto 0)
  );
end entity bxnn_result_register;

architecture rtl of bxnn_result_register is

  constant PARTS     : positive := max(1, ENABLE_COUNT);
  constant PART_BITS : positive := (WORDS + PARTS - 1) / PARTS * (BITS / WORDS);

  constant DIVISIBLE : boolean := require(BITS mod WORDS = 0,
    "bxnn_result_register: BITS is " & integer'image(BITS) & ", not a multiple of WORDS, which is "
    & integer'image(WORDS));

  signal result : std_logic_vector(BITS - 1 downto 0) := (others => '0');

  attribute keep           : string;
  attribute keep of result : signal is "true";

begin

  part : for c in 0 to (BITS - 1) / PART_BITS generate
    constant LOW    : natural  := c * PART_BITS;
    constant TAKEN  : positive := minimum(PART_BITS, BITS - LOW);
    signal   loaded : std_logic;
  begin

    loaded <= enable when ENABLE_COUNT = 0 else
              enable_copies(c);

    load : process (clk)
    begin
      if rising_edge(clk) then
        if loaded = '1' then
          result(LOW + TAKEN - 1 downto LOW) <= x(LOW + TAKEN - 1 downto LOW);
        end if;
      end if;
    end process load;

  end generate part;

  y <= result;

end architecture rtl;
