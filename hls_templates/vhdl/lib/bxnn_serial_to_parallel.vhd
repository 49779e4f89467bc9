-- bxnn_serial_to_parallel: collects the phases of an event and presents all elements at once.
--
-- Equation:  element p * LANES + l of y is what lane l of x carried in cycle p of the event.
-- Bits:      x = | lane LANES-1 | ... | lane 0 |, BITS each;
--            y = | phase PHASES-1, lane LANES-1 | ... | phase 0, lane 0 |
-- Copies:    with VALID_COUNT > 0, copies of valid load neighbouring bits of y: valid_copies, equal to valid, if
--            PHASES = 1, otherwise bxnn_valid_copies.
-- Latency:   PHASES: y and the y_valid pulse are visible in cycle PHASES, y until the next event is complete.
-- II:        PHASES. The next event's first phases may arrive while this one is held: they wait in shift
--            registers.
-- Cost:      0 DSP, 0 LUT; (2 * PHASES - 1) * LANES * BITS flip-flops for data and PHASES for valid, and its copies.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_serial_to_parallel is
  generic (
    LANES       : positive;      -- elements that arrive in one cycle
    PHASES      : positive;      -- cycles over which an event arrives
    BITS        : positive;      -- bits of an element
    VALID_COUNT : natural  := 0; -- copies of the valid that loads y; 0: one valid loads it
    MAX_FANOUT  : positive := 64 -- most copies that a register drives, if PHASES > 1
  );
  port (
    clk          : in  std_logic;
    rst          : in  std_logic;
    valid        : in  std_logic;
    x            : in  std_logic_vector(LANES * BITS - 1 downto 0);
    valid_copies : in  std_logic_vector(max(1, VALID_COUNT) - 1 downto 0) := (others => '0');
    y_valid      : out std_logic;
    y            : out std_logic_vector(PHASES * LANES * BITS - 1 downto 0)
  );
end entity bxnn_serial_to_parallel;

architecture rtl of bxnn_serial_to_parallel is

  constant ROW       : positive := LANES * BITS;
  constant PARTS     : positive := max(1, VALID_COUNT);
  constant PART_BITS : positive := (PHASES * ROW + PARTS - 1) / PARTS;

  signal last_phase : std_logic;
  signal collected  : std_logic_vector(PHASES * ROW - 1 downto 0);
  signal loads      : std_logic_vector(max(1, VALID_COUNT) - 1 downto 0);

begin

  to_last_phase : entity work.bxnn_valid_delay
    generic map (
      CYCLES => PHASES - 1
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => valid,
      y_valid => last_phase
    );

  to_result : entity work.bxnn_valid_delay
    generic map (
      CYCLES => 1
    )
    port map (
      clk     => clk,
      rst     => rst,
      valid   => last_phase,
      y_valid => y_valid
    );

  -- The current phase enters at the top; PHASES-1 earlier ones are below it.
  collected(PHASES * ROW - 1 downto (PHASES - 1) * ROW) <= x;

  several : if PHASES > 1 generate
    signal history : std_logic_vector((PHASES - 1) * ROW - 1 downto 0) := (others => '0');
  begin
    shift : process (clk)
    begin
      if rising_edge(clk) then
        history <= collected(PHASES * ROW - 1 downto ROW);
      end if;
    end process shift;
    collected((PHASES - 1) * ROW - 1 downto 0) <= history;
  end generate several;

  one_load : if VALID_COUNT = 0 generate
    loads(0) <= last_phase;
  end generate one_load;

  given : if VALID_COUNT > 0 and PHASES = 1 generate
    loads <= valid_copies;
  end generate given;

  copied : if VALID_COUNT > 0 and PHASES > 1 generate
    to_loads : entity work.bxnn_valid_copies
      generic map (
        CYCLES     => PHASES - 1,
        COPIES     => VALID_COUNT,
        MAX_FANOUT => MAX_FANOUT
      )
      port map (
        clk   => clk,
        rst   => rst,
        valid => valid,
        y     => loads
      );
  end generate copied;

  part : for c in 0 to (PHASES * ROW - 1) / PART_BITS generate
    constant LOW    : natural                              := c * PART_BITS;
    constant TAKEN  : positive                             := minimum(PART_BITS, PHASES * ROW - LOW);
    signal   result : std_logic_vector(TAKEN - 1 downto 0) := (others => '0');
  begin

    load : process (clk)
    begin
      if rising_edge(clk) then
        if loads(c) = '1' then
          result <= collected(LOW + TAKEN - 1 downto LOW);
        end if;
      end if;
    end process load;

    y(LOW + TAKEN - 1 downto LOW) <= result;

  end generate part;

end architecture rtl;
