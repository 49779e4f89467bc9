"""Static timing analysis of a synthesized netlist with the delays of a device; no path is declared false."""
