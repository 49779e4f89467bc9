-- bxnn_dsp_pkg: sizes of the DSP slice that the design instantiates, a DSP58.
-- Source:   AM004
package bxnn_dsp_pkg is

  -- Bits of the ports A and B; the multiplier takes the low 27 of A and all of B.
  constant A_PORT_BITS : positive := 34;
  constant B_PORT_BITS : positive := 24;
  -- Bits of the adder, of C and P, and of the cascade from slice to slice.
  constant CASCADE_BITS : positive := 58;
  -- 1: OPMODE selects another operand of the adder, C or P, beside that from PCIN.
  constant W_MULTIPLEXERS : natural := 1;

end package bxnn_dsp_pkg;
