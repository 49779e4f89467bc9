"""Streaming: networks whose image arrives a few pixels per cycle, cut into segments that reuse DSPs over positions."""
