-- bxnn_dsp_pkg: sizes of the DSP slice that the design instantiates, a DSP48E1.
package bxnn_dsp_pkg is

  -- Bits of the adder, of C and P, and of the cascade from slice to slice.
  constant CASCADE_BITS : positive := 48;

end package bxnn_dsp_pkg;
