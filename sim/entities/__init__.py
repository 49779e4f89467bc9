"""Simulates entities of the library beside their specifications."""
