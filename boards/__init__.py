"""Boards and parts: what the device offers, each number with its source."""
