-- bxnn_valid_copies: copies of a valid of some cycles later, so that none of them has many loads.
--
-- Equation:  y(t) = valid(t - CYCLES) in every bit, but 0 for events from before a reset.
--
--            valid --> register --> register --> register --> copies      CYCLES = 3, MAX_FANOUT = 2, COPIES = 4
--                                           \-> register --> copies
--
-- Latency:   CYCLES
-- II:        1
-- Cost:      0 DSP, 0 LUT; COPIES flip-flops, in every cycle before the last one as many as drive those of the next one
--            with MAX_FANOUT loads each, and no fewer than one. valid drives those of the first cycle.
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity bxnn_valid_copies is
  generic (
    CYCLES     : positive; -- cycles of delay
    COPIES     : positive; -- copies
    MAX_FANOUT : positive  -- most registers that a register drives
  );
  port (
    clk   : in  std_logic;
    rst   : in  std_logic;
    valid : in  std_logic;
    y     : out std_logic_vector(COPIES - 1 downto 0)
  );
end entity bxnn_valid_copies;

architecture rtl of bxnn_valid_copies is

  -- Registers of each cycle; before the first one it is valid.
  function registers_of_cycles return integer_vector is
    variable registers_found : integer_vector(0 to CYCLES) := (others => COPIES);
  begin
    for k in CYCLES - 1 downto 1 loop
      registers_found(k) := (registers_found(k + 1) + MAX_FANOUT - 1) / MAX_FANOUT;
    end loop;
    registers_found(0) := 1;
    return registers_found;
  end function registers_of_cycles;

  constant REGISTERS : integer_vector(0 to CYCLES) := registers_of_cycles;

  -- As many in every cycle as in the last one; those that nothing reads are not there.
  signal stage : std_logic_vector((CYCLES + 1) * COPIES - 1 downto 0);

begin

  stage(0) <= valid;

  -- A part of a signal that nothing drives would be a tristate bus in a netlist.
  nothing : for k in 0 to CYCLES generate
    absent : for i in REGISTERS(k) to COPIES - 1 generate
      stage(k * COPIES + i) <= '0';
    end generate absent;
  end generate nothing;

  cycle : for k in 1 to CYCLES generate
    constant WIDTH  : positive := REGISTERS(k);
    signal   former : std_logic_vector(WIDTH - 1 downto 0);
  begin

    copy : for i in 0 to WIDTH - 1 generate
      former(i) <= stage((k - 1) * COPIES + copy_of(i, WIDTH, REGISTERS(k - 1)));
    end generate copy;

    held : entity work.bxnn_replica
      generic map (
        WIDTH => WIDTH
      )
      port map (
        clk => clk,
        rst => rst,
        d   => former,
        q   => stage(k * COPIES + WIDTH - 1 downto k * COPIES)
      );

  end generate cycle;

  y <= stage(stage'high downto CYCLES * COPIES);

end architecture rtl;
