"""bxnn: compiler from trained, quantized neural networks to fixed-latency trigger firmware."""
