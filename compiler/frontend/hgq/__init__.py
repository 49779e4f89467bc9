"""Layers of HGQ2 and proxy models of HGQ1: formats per element, read from the file alone."""
