"""Graphs of hls4ml."""
