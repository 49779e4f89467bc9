"""Simulation: the integer reference, the RTL bench and the comparison with the float model."""
