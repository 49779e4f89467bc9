"""Linear maps on DSP slices."""
