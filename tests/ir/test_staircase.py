"""Staircases and multipliers against the definition of a quantizer, at every integer of a range."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.numeric.monotone import Affine, Clamp, Leaky, Monotone
from bxnn.compiler.numeric.scaled_quantizer import AnyRounding, ScaledQuantizer, exponent_of, grid_of
from bxnn.compiler.numeric.staircase import Staircase, multiplier, slope_of, staircase

NUMBERS = st.fractions(Fraction(-5), Fraction(5), max_denominator=40)
POSITIVE = st.fractions(Fraction(1, 40), Fraction(5), max_denominator=40)
FACTORS = NUMBERS.filter(lambda number: number != 0)
STEPS = st.one_of(
    st.builds(Affine, FACTORS, NUMBERS),
    st.builds(lambda a, b: Clamp(min(a, b), max(a, b)), NUMBERS, NUMBERS),
    st.builds(Clamp, NUMBERS, st.none()),
    st.builds(Leaky, POSITIVE),
)


def rounded(number: Fraction, mode: AnyRounding) -> int:
    """A number rounded, by the words that name the mode."""
    floor = number.numerator // number.denominator
    rest = number - floor
    if rest == 0 or mode is AnyRounding.FLOOR:
        return floor
    if mode is AnyRounding.CEIL:
        return floor + 1
    if mode in (AnyRounding.UP, AnyRounding.DOWN):
        return floor + ((mode is AnyRounding.UP) is (number > 0))
    if rest != Fraction(1, 2):
        return floor + (rest > Fraction(1, 2))
    if mode in (AnyRounding.HALF_CEIL, AnyRounding.HALF_FLOOR):
        return floor + (mode is AnyRounding.HALF_CEIL)
    if mode is AnyRounding.HALF_EVEN:
        return floor + floor % 2
    return floor + ((mode is AnyRounding.HALF_UP) is (number > 0))


def code(quantizer: ScaledQuantizer, number: Fraction, channel: int = 0) -> int:
    """The definition: round, add or subtract the zero point, clip."""
    scaled = number / quantizer.scales[channel] + quantizer.offset
    return min(max(rounded(scaled, quantizer.rounding) - quantizer.offset, quantizer.low), quantizer.high)


def codes(stair: Staircase, integers: range) -> list[int]:
    """The code of every integer by a staircase."""
    return [stair.base + stair.direction * int((stair.thresholds <= integer).sum()) for integer in integers]


@given(
    st.lists(STEPS, max_size=4),
    POSITIVE,
    st.integers(-6, 6),
    st.sampled_from(list(AnyRounding)),
    st.booleans(),
    st.integers(-9, 9),
    st.integers(1, 40),
    st.integers(-2, 3),
)
@settings(max_examples=150, deadline=None)
def test_every_integer(
    steps: list[Affine], scale: Fraction, zero: int, mode: AnyRounding, shifted: bool, low: int, span: int, bits: int
) -> None:
    function = Monotone()
    for step in steps:
        function = function.then(step)
    quantizer = ScaledQuantizer((scale,), zero, -7, 8, mode, shifted)
    integers = range(low, low + span)
    stair = staircase(function, quantizer, 0, low, low + span - 1, bits)
    grid = Fraction(2) ** bits
    assert codes(stair, integers) == [code(quantizer, function(Fraction(integer) / grid)) for integer in integers]
    assert stair.last == codes(stair, integers)[-1]


@given(FACTORS, NUMBERS, POSITIVE, st.sampled_from(list(AnyRounding)), st.booleans(), st.integers(-200, 0))
@settings(max_examples=100, deadline=None)
def test_a_multiplier_equals_its_staircases(
    factor: Fraction, shift: Fraction, scale: Fraction, mode: AnyRounding, rectified: bool, low: int
) -> None:
    function = Monotone().then(Affine(factor, shift))
    function = function.then(Clamp(Fraction(0), None)) if rectified else function
    quantizer = ScaledQuantizer((scale,), 0, -20, 20, mode, False)
    integers = range(low, 150)
    stair = staircase(function, quantizer, 0, low, 149, 0)
    slope = slope_of(function, scale, 0)
    assert slope is not None
    found = multiplier([stair], [slope])
    if found is not None:
        exact = [(integer * int(found.factors[0]) + int(found.shifts[0])) >> found.shift for integer in integers]
        low_code, high_code = sorted((stair.base, stair.last))
        assert np.clip(exact, low_code, high_code).tolist() == codes(stair, integers)


def test_ties_to_even_on_a_slope_of_a_power_of_two_have_no_multiplier() -> None:
    quantizer = ScaledQuantizer((Fraction(2),), 0, -8, 7, AnyRounding.HALF_EVEN, False)
    stair = staircase(Monotone(), quantizer, 0, -20, 20, 0)
    assert multiplier([stair], [Fraction(1, 2)]) is None
    assert multiplier([staircase(Monotone(), quantizer, 0, 0, 1, 0)], [Fraction(1, 2)]) is not None


@given(POSITIVE)
def test_a_scale_is_a_grid_and_a_number_from_1_to_2(scale: Fraction) -> None:
    assert 1 <= scale * Fraction(2) ** grid_of(scale) < 2
    assert (exponent_of(scale) is None) is (scale * Fraction(2) ** grid_of(scale) != 1)


@given(NUMBERS, POSITIVE, st.sampled_from(list(AnyRounding)), st.integers(-4, 4))
@settings(max_examples=100, deadline=None)
def test_the_code_of_a_number(number: Fraction, scale: Fraction, mode: AnyRounding, zero: int) -> None:
    quantizer = ScaledQuantizer((scale,), zero, -9, 9, mode, True)
    assert quantizer.code_of(number) == code(quantizer, number)
