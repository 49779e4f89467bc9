"""Hypothesis strategies and exact definitions shared by the IR tests."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from bxnn.compiler.ir.notices import NOTICE_TYPES, ClosesTypically, DeclaredResult, Notice
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding

CARRIERS = (np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.float32))


def formats(most_bits: int = 62, integer_bits: tuple[int, int] = (-30, 92)) -> st.SearchStrategy[FixedFormat]:
    """Formats with any sign and binary point."""

    def build(signed: bool, bits: int, integer: int) -> FixedFormat:
        return FixedFormat(signed, integer, bits - int(signed) - integer)

    return st.builds(build, st.booleans(), st.integers(1, most_bits), st.integers(*integer_bits))


def quantizers(most_bits: int = 12) -> st.SearchStrategy[FixedQuantizer]:
    """Quantizers of all modes, with slopes and with bounds inside the format."""

    @st.composite
    def build(draw: st.DrawFn) -> FixedQuantizer:
        number_format = draw(formats(most_bits, (-4, 8)))
        rounding, overflow = draw(st.sampled_from(Rounding)), draw(st.sampled_from(Overflow))
        low = high = None
        if overflow is Overflow.SAT and draw(st.booleans()):
            low, high = sorted(draw(st.tuples(*2 * [st.integers(number_format.low, number_format.high)])))
        return FixedQuantizer(number_format, rounding, overflow, low, high, draw(st.sampled_from([0, 0, 1, 3])))

    return build()


def rounded(value: Fraction, rounding: Rounding) -> int:
    """The definition of the rounding modes (UG1399, "Quantization modes")."""
    if rounding is Rounding.TRN:
        return floor(value)
    if rounding is Rounding.TRN_ZERO:
        return floor(value) if value >= 0 else ceil(value)
    if value - floor(value) != Fraction(1, 2):
        return floor(value + Fraction(1, 2))
    toward_zero, from_zero = (floor(value), ceil(value)) if value >= 0 else (ceil(value), floor(value))
    results: dict[Rounding, int] = {
        Rounding.RND: ceil(value),
        Rounding.RND_MIN_INF: floor(value),
        Rounding.RND_ZERO: toward_zero,
        Rounding.RND_INF: from_zero,
        Rounding.RND_CONV: floor(value) + floor(value) % 2,
    }
    return results[rounding]


def quantized(value: Fraction, quantizer: FixedQuantizer) -> int:
    """The definition of a quantizer: slope, scale, round, then overflow."""
    target = quantizer.format
    if value < 0:
        value = value / 2**quantizer.slope_shift
    code = rounded(value * Fraction(2) ** target.fraction_bits, quantizer.rounding)
    if quantizer.overflow is Overflow.WRAP:
        return (code - target.low) % (1 << target.bits) + target.low
    low = target.low + (1 if quantizer.overflow is Overflow.SAT_SYM and target.signed else 0)
    low = low if quantizer.low_code is None else quantizer.low_code
    high = target.high if quantizer.high_code is None else quantizer.high_code
    return max(low, min(high, code))


def real(code: int, fraction_bits: int) -> Fraction:
    """The value of a code."""
    return Fraction(code) / Fraction(2) ** fraction_bits


def integers(codes: NDArray[Any]) -> list[int]:
    """Codes of any carrier as Python integers; fails if one is not an integer."""
    values = [code.item() for code in codes.ravel()]
    assert all(value == int(value) for value in values)
    return [int(value) for value in values]


def notices() -> st.SearchStrategy[Notice]:
    """Notices of all types about any subject."""
    others = [notice_type for notice_type in NOTICE_TYPES if notice_type not in (DeclaredResult, ClosesTypically)]
    declared = st.builds(DeclaredResult, st.text(), quantizers())
    numbers = st.floats(allow_nan=False)  # which is not equal to itself
    closes = st.builds(ClosesTypically, st.text(), st.text(), numbers, numbers)
    return st.one_of(declared, closes, *(st.from_type(notice_type) for notice_type in others))
