"""The scheduler: binds layers to DSP slots and chooses the best combination."""
