-- bxnn_dsp_pkg: sizes of the DSP slice that the design instantiates, a DSP48E1.
-- Source:   UG479
package bxnn_dsp_pkg is

  -- Bits of the ports A and B; the multiplier takes the low 25 of A and all of B.
  constant A_PORT_BITS : positive := 30;
  constant B_PORT_BITS : positive := 18;
  -- Bits of the adder, of C and P, and of the cascade from slice to slice.
  constant CASCADE_BITS : positive := 48;
  -- 1: OPMODE selects another operand of the adder, C or P, beside that from PCIN.
  constant W_MULTIPLEXERS : natural := 0;

end package bxnn_dsp_pkg;
