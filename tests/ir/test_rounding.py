"""Rounding and wrapping against their definition in exact fractions, in every carrier."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.numeric.rounding import Rounding, round_real, round_shift, wrap
from tests.ir.strategies import CARRIERS, integers, rounded

ALL_CODES = np.arange(-300, 301)
SHIFTS = (*range(-5, 12), 25, 61, 62, 63, 64, 100, 200)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
def test_every_mode_shift_and_sign_is_as_defined(rounding: Rounding, carrier: np.dtype[np.generic]) -> None:
    for shift in SHIFTS:
        found = round_shift(ALL_CODES.astype(carrier), shift, rounding)
        assert found.dtype == carrier
        expected = [rounded(Fraction(int(code)) / Fraction(2) ** shift, rounding) for code in ALL_CODES]
        assert integers(found) == expected, f"shift {shift}"


@given(
    st.integers(-(2**61), 2**62 - 1), st.integers(1, 130), st.sampled_from(Rounding), st.sampled_from([-1, 0, 1, None])
)
def test_wide_codes_and_huge_shifts(code: int, shift: int, rounding: Rounding, beside_tie: int | None) -> None:
    if beside_tie is not None and shift < 61:  # a tie, or one code next to it
        code = max(-(2**61), min(2**62 - 1, (code >> shift << shift) + (1 << (shift - 1)) + beside_tie))
    found = round_shift(np.array([code], np.int64), shift, rounding)
    assert integers(found) == [rounded(Fraction(code, 2**shift), rounding)]


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_reals_next_to_a_tie_are_no_tie(rounding: Rounding, dtype: type[np.floating]) -> None:
    """-0.49999997 + 1 rounds to 0.5 in float32: a rounding that subtracts the floor would treat it as a tie."""
    ties = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.0], dtype)
    values = np.concatenate([ties, np.nextafter(ties, dtype(9)), np.nextafter(ties, dtype(-9))])
    expected = [rounded(Fraction(float(value)), rounding) for value in values]
    assert integers(round_real(values, rounding)) == expected


@given(st.floats(-(2.0**40), 2.0**40), st.sampled_from(Rounding))
def test_any_real_is_rounded_as_defined(value: float, rounding: Rounding) -> None:
    assert integers(round_real(np.array([value]), rounding)) == [rounded(Fraction(value), rounding)]


@given(st.integers(-(2**62), 2**62 - 1), st.integers(1, 62), st.booleans())
def test_wrap_keeps_the_low_bits(code: int, bits: int, signed: bool) -> None:
    (found,) = integers(wrap(np.array([code], np.int64), bits, signed))
    assert (found - code) % 2**bits == 0
    assert -(2 ** (bits - 1)) <= found < 2 ** (bits - 1) if signed else 0 <= found < 2**bits


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize("signed", [False, True])
def test_wrap_is_the_same_in_every_carrier(carrier: np.dtype[np.generic], signed: bool) -> None:
    for bits in range(1, 8):
        found = wrap(ALL_CODES.astype(carrier), bits, signed)
        assert found.dtype == carrier
        assert np.array_equal(found.astype(np.int64), wrap(ALL_CODES, bits, signed))
