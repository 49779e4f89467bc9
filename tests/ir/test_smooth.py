"""Transcendental functions against float64, and what they map onto a ray."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.numeric.monotone import Ray
from bxnn.compiler.numeric.smooth import Curve, Smooth

NUMBERS = st.fractions(Fraction(-30), Fraction(30), max_denominator=64)
FLOATS: dict[Curve, Callable[[float], float]] = {
    Curve.SIGMOID: lambda x: 1 / (1 + math.exp(-x)),
    Curve.TANH: math.tanh,
    Curve.ELU: lambda x: x if x > 0 else math.expm1(x),
    Curve.SELU: lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    Curve.SOFTPLUS: lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
    Curve.EXP: math.exp,
    Curve.SILU: lambda x: x / (1 + math.exp(-x)),
    Curve.GELU: lambda x: 0.5 * x * math.erfc(-x / math.sqrt(2)),
    Curve.GELU_TANH: lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    Curve.SOFTSIGN: lambda x: x / (1 + abs(x)),
    Curve.HARD_SILU: lambda x: x * min(max(x + 3, 0), 6) / 6,
    Curve.ERF: math.erf,
}
RISING = [curve for curve in Curve if curve.rises]


@pytest.mark.parametrize("curve", Curve)
@given(NUMBERS)
@settings(max_examples=25, deadline=None)
def test_values_are_those_of_float64(curve: Curve, number: Fraction) -> None:
    expected = FLOATS[curve](float(number))
    assert math.isclose(float(Smooth(curve)(number)), expected, rel_tol=1e-11, abs_tol=1e-14)


@pytest.mark.parametrize("curve", RISING)
@given(NUMBERS, st.sampled_from([1, -1]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_is_mapped_onto_a_ray(curve: Curve, number: Fraction, direction: int, is_open: bool) -> None:
    """The end of a ray is the image of a number: those a little above and below it are where the ray says."""
    smooth = Smooth(curve, Fraction(7, 10)) if curve is Curve.ELU else Smooth(curve)
    number = max(min(number, Fraction(20)), Fraction(-20))
    ray = Ray(direction, smooth(number), is_open)
    before = smooth.before(ray)
    assert isinstance(before, Ray)
    for step in (Fraction(1, 10**12), Fraction(-1, 10**12)):
        assert before.holds(number + step) == ray.holds(smooth(number + step))


def test_exact_points_and_what_is_never_reached() -> None:
    assert Smooth(Curve.SIGMOID)(Fraction(0)) == Fraction(1, 2)
    assert Smooth(Curve.SIGMOID).before(Ray(1, Fraction(1, 2), False)) == Ray(1, Fraction(0), False)
    assert Smooth(Curve.SIGMOID).before(Ray(1, Fraction(1), False)) is False
    assert Smooth(Curve.SIGMOID).before(Ray(-1, Fraction(1), True)) is True
    assert Smooth(Curve.TANH).before(Ray(1, Fraction(-1), True)) is True
    assert Smooth(Curve.TANH)(Fraction(500)) < 1
    assert not Smooth(Curve.GELU).is_monotone
