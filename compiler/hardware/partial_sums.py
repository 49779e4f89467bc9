"""Integers that hold a sum on the way, where its terms have more bits than the sum."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2


def partial_sum_bits(terms: Sequence[FixedFormat], count: int, result: FixedFormat) -> int:
    """Bits, with a sign, of an integer that holds every partial sum; 0 if each term fits the format of the sum.

    In that case integers of the sum's width do: what wraps on the way is back in range at the end. A term that does
    not fit would lose its high bits before it is added.

    Args:
        terms: Formats of the terms, on grids of the result or coarser.
        count: Number of terms.
        result: Format of the sum.
    """
    magnitudes = [term.bits - int(term.signed) + result.fraction_bits - term.fraction_bits for term in terms]
    fits = max(magnitudes) <= result.bits - int(result.signed)
    if fits and (result.signed or not any(term.signed for term in terms)):
        return 0
    return max(magnitudes) + 1 + ceil_log2(count)
