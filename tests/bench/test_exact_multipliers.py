"""Widths of exact multipliers: those on the page, against every sum of small ranges."""

from fractions import Fraction
from pathlib import Path

import pytest

from bench.exact_multipliers import HEAD, narrowest, row, thresholds

PAGE = Path(__file__).parents[2] / "docs" / "model_files.md"


@pytest.mark.parametrize("code_bits", [8, 10, 12, pytest.param(16, marks=pytest.mark.nightly)])
def test_the_page_has_the_widths(code_bits: int) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert HEAD in text and row(code_bits) in text


@pytest.mark.parametrize("slope", [Fraction(1, 3), Fraction(1, 4), Fraction(3, 8), Fraction(5, 7)])
def test_thresholds_round_half_to_even(slope: Fraction) -> None:
    """Python rounds fractions half to even."""
    firsts = thresholds(slope, 20)
    for number in range(-20, 21):
        code = max(-20, min(20, round(number * slope)))
        assert sum(first <= number for first in firsts) - 20 == code, (slope, number)


def test_no_narrower_multiplier_is_exact() -> None:
    """All factors and shifts that drop fewer bits are tried on every sum."""
    slope, most, largest = Fraction(3, 11), 7, 24
    wanted = [max(-most, min(most, round(number * slope))) for number in range(-largest, largest + 1)]
    found = narrowest(slope, most, largest)

    def exact(factor: int, shift: int, dropped: int) -> bool:
        codes = [number * factor + shift >> dropped for number in range(-largest, largest + 1)]
        return [max(-most, min(most, code)) for code in codes] == wanted

    least = next(
        (dropped, factor)
        for dropped in range(12)
        for factor in range(1, 1 << dropped)
        if any(exact(factor, shift, dropped) for shift in range(1 << dropped))
    )
    assert found.factor_bits == least[1].bit_length()
