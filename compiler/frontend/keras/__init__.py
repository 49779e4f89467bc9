"""Keras and QKeras model files."""
