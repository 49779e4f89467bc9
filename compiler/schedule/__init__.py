"""The scheduler: binds layers to DSP slots and picks the best combination."""
