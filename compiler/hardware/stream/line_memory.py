"""What stores a row of a line buffer: distributed RAM (LUTs) or block RAM."""

from __future__ import annotations

from typing import Literal

from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

Memory = Literal["distributed", "block"]

_LUT_WORDS = 64  # words of which one LUT6 stores one bit
_LUT_BITS = 1024  # bits up to which a deeper row does not justify a block RAM: 1/18 of one

# Width and depth of half a block RAM (RAMB18) and of a whole one (RAMB36).
# Source: AMD UG473 (7 series) table 1-1; UG573 (UltraScale) has the same.
_HALF = ((1, 16384), (2, 8192), (4, 4096), (9, 2048), (18, 1024), (36, 512))
_WHOLE = ((1, 32768), (2, 16384), (4, 8192), (9, 4096), (18, 2048), (36, 1024), (72, 512))


def row_memory(words: int, word_bits: int) -> Memory:
    """What stores a row: block RAM if the row is deeper than a LUT and not small."""
    return "block" if words > _LUT_WORDS and words * word_bits > _LUT_BITS else "distributed"


def row_block_rams(words: int, word_bits: int) -> int:
    """Half block RAMs (RAMB18) per row in block RAM: the fewest of one shape that cover it; a whole one counts as two.

    Args:
        words: Words in the row; the memory is rounded up to a power of two.
        word_bits: Bits of a word.
    """
    depth = 1 << max(ceil_log2(words), 1)
    counts = [
        halves * ceil_div(word_bits, width) * ceil_div(depth, reach)
        for halves, shapes in ((1, _HALF), (2, _WHOLE))
        for width, reach in shapes
    ]
    return min(counts)
