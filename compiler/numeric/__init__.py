"""Numbers: fixed-point formats, rounding, tensors, element functions. Knows nothing of networks."""
