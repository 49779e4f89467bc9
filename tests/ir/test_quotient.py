"""Exact division by constants: every sum of the range, and not one bit more than necessary."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.errors import InternalError
from bxnn.compiler.numeric.quotient import Quotient

factors = st.builds(
    lambda code, twos, count: Fraction(code * 2**twos, count),
    st.integers(-20, 20),
    st.integers(0, 5),
    st.integers(1, 50),
)


def right(quotient: Quotient, wanted: list[Fraction], low: int, high: int) -> bool:
    """Whether every quotient is the floor."""
    return all(
        quotient(number, k) == (number * factor).__floor__()
        for k, factor in enumerate(wanted)
        for number in range(low, high + 1)
    )


@given(st.lists(factors, min_size=1, max_size=4), st.integers(-300, 300), st.integers(0, 400))
def test_every_sum_of_the_range(wanted: list[Fraction], low: int, width: int) -> None:
    assert right(Quotient.of(wanted, low, low + width), wanted, low, low + width)


@given(st.integers(2, 40), st.integers(-200, 0), st.integers(0, 300))
def test_the_shift_stays_below_its_bound(count: int, low: int, high: int) -> None:
    """The docstring's bound for the smallest shift that always works."""
    shift = Quotient.of([Fraction(1, count)], low, high).shift
    assert 2**shift <= 2 * count * (high - low + 1)


def test_powers_of_two_need_no_reciprocal() -> None:
    assert Quotient.of([Fraction(3), Fraction(-5)], -100, 100) == Quotient((3, -5), 0, 0)
    assert Quotient.of([Fraction(1, 4)], -100, 100) == Quotient((1,), 0, 2)


def test_the_range_is_part_of_the_proof() -> None:
    """Nine pixels of six bits; a sum beyond the range may be wrong, which is the negative control."""
    ninth = [Fraction(1, 9)]
    quotient = Quotient.of(ninth, 0, 567)
    assert quotient == Quotient((455,), 63, 12)
    assert right(quotient, ninth, 0, 567) and not right(quotient, ninth, 0, 9000)
    for wrong in (Quotient((456,), 63, 12), Quotient((455,), 62, 12), Quotient((455,), 456, 12)):
        assert not right(wrong, ninth, 0, 567)


def test_an_absurd_range_is_a_bug() -> None:
    with pytest.raises(InternalError) as caught:
        Quotient.of([Fraction(1, 3)], 0, 2**130)
    assert str(caught.value) == "exact division: needs more than 128 bits"
