"""Block RAMs of a memory."""

from __future__ import annotations

from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

# Width and depth of half a block RAM (RAMB18) and of a whole one (RAMB36).
# Source: AMD UG473 (7 series) table 1-1; UG573 (UltraScale) has the same.
_HALF = ((1, 16384), (2, 8192), (4, 4096), (9, 2048), (18, 1024), (36, 512))
_WHOLE = ((1, 32768), (2, 16384), (4, 8192), (9, 4096), (18, 2048), (36, 1024), (72, 512))


def half_block_rams(words: int, word_bits: int) -> int:
    """Half block RAMs (RAMB18) of a memory: the fewest of one shape that cover it; a whole one counts as two.

    Args:
        words: Words that it holds, rounded up to a power of two.
        word_bits: Bits of a word.
    """
    depth = 1 << max(ceil_log2(words), 1)
    counts = [
        halves * ceil_div(word_bits, width) * ceil_div(depth, reach)
        for halves, shapes in ((1, _HALF), (2, _WHOLE))
        for width, reach in shapes
    ]
    return min(counts)
