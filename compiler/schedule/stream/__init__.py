"""Streaming: networks whose image arrives a few pixels per cycle, cut into stages that reuse DSPs over positions."""
