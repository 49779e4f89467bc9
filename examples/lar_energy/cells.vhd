-- lar_energy_cells: the energies of several cells, each from its last 5 samples; one sample of one cell per event.
--
-- Equation:  out_energy = network(samples t - 4, ..., t of the cell), where those before its first are zero
-- Bits:      in_sample and out_energy as element 0 of the ports of lar_energy; cells are counted from 0
-- Time:      a sample with in_gap = '1' is the first of its cell after a gap, rst is a gap in all of them; the first four
--            results of a cell after either have out_filling = '1'.
-- Latency:   1 + that of lar_energy
-- II:        that of lar_energy, for any order of cells
-- Cost:      that of lar_energy and bxnn_history
library ieee;
use ieee.std_logic_1164.all;
use work.bxnn_pkg.all;

entity lar_energy_cells is
  generic (
    CELLS : positive := 4 -- cells that take turns, at most 512: one bit less than the tag has
  );
  port (
    clk         : in  std_logic;
    rst         : in  std_logic;
    in_valid    : in  std_logic;
    in_gap      : in  std_logic;
    in_cell     : in  std_logic_vector(phase_bits(CELLS) - 1 downto 0);
    in_sample   : in  std_logic_vector(11 downto 0);
    out_valid   : out std_logic;
    out_filling : out std_logic;
    out_cell    : out std_logic_vector(phase_bits(CELLS) - 1 downto 0);
    out_energy  : out std_logic_vector(16 downto 0)
  );
end entity lar_energy_cells;

architecture rtl of lar_energy_cells is

  constant TAG_BITS  : positive := 10; -- tag_bits of design.yaml
  constant CELL_BITS : positive := phase_bits(CELLS);
  constant FITS      : boolean  := require(CELL_BITS < TAG_BITS,
    "lar_energy_cells: CELLS is " & integer'image(CELLS) & ": must be at most 512");

  -- The window of a sample, and whether it has fewer samples than that.
  signal window_valid : std_logic;
  signal filling      : std_logic;
  signal cell         : std_logic_vector(CELL_BITS - 1 downto 0);
  signal window       : std_logic_vector(59 downto 0);

  -- Both travel with the event: | filling | 0 | cell |.
  signal tag_in  : std_logic_vector(TAG_BITS - 1 downto 0);
  signal tag_out : std_logic_vector(TAG_BITS - 1 downto 0);

begin

  history : entity work.bxnn_history
    generic map (
      CHANNELS => CELLS,
      DEPTH    => 5,
      WIDTH    => 12
    )
    port map (
      clk         => clk,
      rst         => rst,
      in_valid    => in_valid,
      in_gap      => in_gap,
      in_tag      => in_cell,
      in_data     => in_sample,
      out_valid   => window_valid,
      out_filling => filling,
      out_tag     => cell,
      out_data    => window
    );

  tag_in(TAG_BITS - 1)                  <= filling;
  tag_in(TAG_BITS - 2 downto CELL_BITS) <= (others => '0');
  tag_in(CELL_BITS - 1 downto 0)        <= cell;

  network : entity work.lar_energy
    port map (
      clk       => clk,
      rst       => rst,
      in_valid  => window_valid,
      in_data   => window,
      in_tag    => tag_in,
      out_valid => out_valid,
      out_data  => out_energy,
      out_tag   => tag_out
    );

  out_filling <= tag_out(TAG_BITS - 1);
  out_cell    <= tag_out(CELL_BITS - 1 downto 0);

end architecture rtl;
