"""Widths and counts of integers, checked against their definitions."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.numeric.integers import ceil_div, ceil_log2, code_bits, signed_bits, trailing_zeros

LARGE = 1 << 70


@given(st.integers(-(1 << 40), 1 << 40), st.integers(1, 1 << 10))
def test_a_quotient_is_rounded_up(dividend: int, divisor: int) -> None:
    assert ceil_div(dividend, divisor) == ceil(dividend / divisor)


@given(st.integers(1, LARGE))
def test_an_index_has_as_many_bits_as_it_needs(count: int) -> None:
    bits = ceil_log2(count)
    assert count <= 1 << bits and (bits == 0 or count > 1 << (bits - 1))


@given(st.integers(-LARGE, LARGE).filter(bool))
def test_trailing_zeros_are_those_of_the_largest_power_of_two(number: int) -> None:
    zeros = trailing_zeros(number)
    assert number % (1 << zeros) == 0 and number % (2 << zeros) != 0
    assert trailing_zeros(0) == 0


@given(st.tuples(st.integers(-LARGE, LARGE), st.integers(-LARGE, LARGE)).map(sorted))
def test_an_interval_fits_its_width_and_no_narrower_one(interval: list[int]) -> None:
    low, high = interval
    bits = signed_bits(low, high)
    assert -(1 << (bits - 1)) <= low and high < 1 << (bits - 1)
    if bits > 1:
        assert low < -(1 << (bits - 2)) or high >= 1 << (bits - 2)
    assert code_bits(low, high) == bits - (low >= 0)
