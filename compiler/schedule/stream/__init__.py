"""Streaming: networks whose image arrives a few pixels a cycle, cut into stages that reuse DSPs over positions."""
