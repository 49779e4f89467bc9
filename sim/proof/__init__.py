"""SAT proofs that entities of the VHDL library do what their specifications say (hls_templates/specification)."""
