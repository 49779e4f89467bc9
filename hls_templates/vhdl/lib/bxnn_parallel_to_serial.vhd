-- bxnn_parallel_to_serial: sends a held event phase by phase.
--
-- Equation:  lane l of y in cycle p + 1 is element p * LANES + l of x.
-- Bits:      x = | phase PHASES-1, lane LANES-1 | ... | phase 0, lane 0 |, BITS each;
--            y = | lane LANES-1 | ... | lane 0 |
-- Latency:   1: phase p is visible in cycle p + 1, y_valid with phase 0. x must be held for PHASES cycles.
-- II:        PHASES
-- Cost:      0 DSP; a PHASES-to-1 multiplexer and a flip-flop per output bit, a phase counter.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.bxnn_pkg.all;

entity bxnn_parallel_to_serial is
  generic (
    INPUTS : positive; -- elements of x
    LANES  : positive; -- elements that leave in one cycle
    PHASES : positive; -- cycles over which they leave
    BITS   : positive  -- bits of an element
  );
  port (
    clk     : in  std_logic;
    rst     : in  std_logic;
    valid   : in  std_logic;
    x       : in  std_logic_vector(INPUTS * BITS - 1 downto 0);
    y_valid : out std_logic;
    y       : out std_logic_vector(LANES * BITS - 1 downto 0)
  );
end entity bxnn_parallel_to_serial;

architecture rtl of bxnn_parallel_to_serial is

  constant CHECKED : boolean := require(INPUTS = PHASES * LANES,
    "bxnn_parallel_to_serial: INPUTS is " & integer'image(INPUTS) & ", PHASES * LANES is "
    & integer'image(PHASES * LANES));

  subtype row_word is std_logic_vector(LANES * BITS - 1 downto 0);
  type    row_array is array (2 ** phase_bits(PHASES) - 1 downto 0) of row_word;

  signal rows      : row_array;
  signal phase     : std_logic_vector(2 * phase_bits(PHASES) - 1 downto 0);
  signal tap_valid : std_logic_vector(1 downto 0);
  signal result    : std_logic_vector(LANES * BITS - 1 downto 0) := (others => '0');

begin

  sequencer : entity work.bxnn_phase_sequencer
    generic map (
      PHASES => PHASES,
      TAPS   => 2
    )
    port map (
      clk       => clk,
      rst       => rst,
      valid     => valid,
      phase     => phase,
      tap_valid => tap_valid
    );

  row : for p in rows'range generate

    used : if p < PHASES generate
      rows(p) <= x((p + 1) * LANES * BITS - 1 downto p * LANES * BITS);
    end generate used;

    unused : if p >= PHASES generate
      rows(p) <= (others => '0');
    end generate unused;

  end generate row;

  choose : process (clk)
  begin
    if rising_edge(clk) then
      result <= rows(to_integer(unsigned(phase(phase_bits(PHASES) - 1 downto 0))));
    end if;
  end process choose;

  y_valid <= tap_valid(1);
  y       <= result;

end architecture rtl;
