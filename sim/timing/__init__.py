"""Static timing analysis of a synthesized netlist with the delays of a device: every path counts, none is false."""
