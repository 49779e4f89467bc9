"""Counts in messages and reports."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number and what it counts: ``1 cycle``, ``2 cycles``; the noun must take a plain s in the plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
