"""Integer arithmetic for hardware widths and counts."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", int, NDArray[np.int64])


def ceil_div(dividend: Number, divisor: int) -> Number:
    """The quotient rounded up, of an integer or of each element of an array; ``divisor`` is positive."""
    return -(-dividend // divisor)


def ceil_log2(count: int) -> int:
    """Bits of an index to one of ``count`` values, and levels of a binary tree over them; 0 for a single one."""
    return (count - 1).bit_length()


def trailing_zeros(number: int) -> int:
    """Number of low bits that are zero; 0 for the number 0."""
    return max((number & -number).bit_length() - 1, 0)


def signed_bits(low: int, high: int) -> int:
    """Bits of the narrowest two's complement format, sign included, that holds all integers of an interval."""
    return max(max(high, 0).bit_length(), max(-low - 1, 0).bit_length()) + 1


def code_bits(low: int, high: int) -> int:
    """The same for a format that has a sign only if the interval includes negative integers."""
    return signed_bits(low, high) - int(low >= 0)
