"""Rounding and overflow of fixed-point codes, on integers and on exact floats."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[Any]  # int64, or float32/float64 holding integers exactly


class Rounding(Enum):
    """How a value between two codes becomes one of them (names of ap_fixed; see shared quantizers table).

    Source: Xilinx UG1399, "Quantization modes".
    """

    TRN = "TRN"  # toward minus infinity
    TRN_ZERO = "TRN_ZERO"  # toward zero
    RND = "RND"  # nearest, ties to plus infinity
    RND_CONV = "RND_CONV"  # nearest, ties to even
    RND_INF = "RND_INF"  # nearest, ties away from zero
    RND_ZERO = "RND_ZERO"  # nearest, ties toward zero
    RND_MIN_INF = "RND_MIN_INF"  # nearest, ties to minus infinity


class Overflow(Enum):
    """What happens to a code outside the format (names of ap_fixed)."""

    WRAP = "WRAP"  # keep the low bits
    SAT = "SAT"  # clamp to the format
    SAT_SYM = "SAT_SYM"  # clamp to the format without its most negative code


def round_shift(codes: Codes, shift: int, rounding: Rounding) -> Codes:
    """Return ``round(codes * 2**-shift)``; a negative shift multiplies and is exact.

    Args:
        codes: Integers below 2**62 in magnitude, as int64 or as floats whose magnitude stays below 2**23 (float32) or
            2**52 (float64).
        shift: Number of bits dropped; a negative one must not shift int64 codes beyond 64 bits.
        rounding: Treatment of the dropped bits.

    Returns:
        Integers in the dtype of ``codes``.
    """
    if codes.dtype.kind == "f":
        # Beyond 64 bits only the sign is left; the limit keeps the factor itself representable.
        return round_real(codes * codes.dtype.type(2.0 ** -max(-64, min(shift, 64))), rounding)
    if shift <= 0:
        return np.asarray(np.left_shift(codes, -shift))
    if shift > 62:  # all codes are closer to 0 than to a tie, just as +1 and -1 for a shift of 62
        codes, shift = np.sign(codes), 62
    floor = np.right_shift(codes, shift)
    remainder = codes - np.left_shift(floor, shift)
    half = 1 << (shift - 1)
    if rounding is Rounding.TRN:
        return np.asarray(floor)
    if rounding is Rounding.TRN_ZERO:
        return np.asarray(floor + ((codes < 0) & (remainder > 0)).astype(floor.dtype))
    up = (remainder > half) | ((remainder == half) & _tie_goes_up(codes, floor, rounding))
    return np.asarray(floor + up.astype(floor.dtype))


def round_fraction(value: Fraction, rounding: Rounding) -> int:
    """Round an exact number of any size to an integer."""
    floor_of = floor(value)
    rest, half = value - floor_of, Fraction(1, 2)
    if rounding is Rounding.TRN:
        return floor_of
    if rounding is Rounding.TRN_ZERO:
        return floor_of + (value < 0 and rest > 0)
    tie = rest == half and _tie_goes_up(np.array(-1 if value < 0 else 1), np.array(floor_of % 2), rounding)
    return floor_of + bool(rest > half or tie)


def round_real(values: NDArray[Any], rounding: Rounding) -> NDArray[Any]:
    """Round real floats to integers, exactly: using neither ``x + 0.5`` nor ``x - floor(x)``, which may be rounded."""
    if rounding is Rounding.TRN:
        return np.asarray(np.floor(values))
    if rounding is Rounding.TRN_ZERO:
        return np.asarray(np.trunc(values))
    nearest = np.asarray(np.rint(values))
    if rounding is Rounding.RND_CONV:
        return nearest
    below = np.floor(values)
    tie = np.abs(values - nearest) == 0.5
    return np.where(tie, below + _tie_goes_up(values, below, rounding).astype(below.dtype), nearest)


def _tie_goes_up(value: NDArray[Any], floor: NDArray[Any], rounding: Rounding) -> NDArray[np.bool_]:
    """Whether a value half-way above its floor is rounded up."""
    if rounding is Rounding.RND_CONV:
        return np.asarray(floor % 2 != 0)
    if rounding is Rounding.RND_INF:
        return np.asarray(value >= 0)
    if rounding is Rounding.RND_ZERO:
        return np.asarray(value < 0)
    return np.full(np.shape(value), rounding is Rounding.RND)


def wrap(codes: Codes, bits: int, signed: bool) -> Codes:
    """Keep the low ``bits`` bits, read as two's complement if ``signed``."""
    integers = codes.astype(np.int64)
    low_bits = integers & ((1 << bits) - 1)
    if signed:
        low_bits = low_bits - ((low_bits >> (bits - 1)) << bits)
    return low_bits.astype(codes.dtype)


def sticky(value: Fraction, bits: int) -> int:
    """A code with ``bits + 1`` fraction bits on the same side of every multiple of ``2**-bits`` as the value.

    A value on such a multiple is kept; any other becomes the middle between two. Whoever rounds or compares at
    multiples of ``2**-bits`` finds what it would find for the value.
    """
    scaled = value * Fraction(2) ** bits
    whole = floor(scaled)
    return 2 * whole + int(scaled != whole)
