"""Boards and parts: what the device offers, every number with its source."""
