"""What stores a row of a line buffer: distributed RAM (LUTs) or block RAM."""

from __future__ import annotations

from typing import Literal

Memory = Literal["distributed", "block"]

_LUT_WORDS = 64  # words of which one LUT6 stores one bit
_LUT_BITS = 1024  # bits up to which a deeper row does not justify a block RAM: 1/18 of one


def row_memory(words: int, word_bits: int) -> Memory:
    """What stores a row: block RAM if the row is deeper than a LUT and not small."""
    return "block" if words > _LUT_WORDS and words * word_bits > _LUT_BITS else "distributed"
