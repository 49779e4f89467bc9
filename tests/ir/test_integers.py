"""Widths and rounded quotients against their definitions."""

from itertools import product

import numpy as np
import pytest

from bxnn.compiler.numeric.integers import ceil_div, code_bits, signed_bits

INTERVALS = [(low, high) for low, high in product(range(-40, 41), repeat=2) if low <= high]


@pytest.mark.parametrize("width", [signed_bits, code_bits])
def test_the_width_of_an_interval_is_that_of_the_narrowest_format(width: object) -> None:
    for low, high in INTERVALS:
        is_signed = width is signed_bits or low < 0
        fits = (
            bits
            for bits in range(10)
            if (-(2**bits) // 2 <= low and high < 2**bits // 2 if is_signed and bits else low >= 0 and high < 2**bits)
        )
        narrowest = next(bits for bits in fits if bits or not is_signed)
        assert (signed_bits if is_signed and width is signed_bits else code_bits)(low, high) == narrowest, (low, high)


def test_quotients_are_rounded_up() -> None:
    for dividend, divisor in product(range(-20, 21), range(1, 7)):
        found = ceil_div(dividend, divisor)
        assert (found - 1) * divisor < dividend <= found * divisor
    assert ceil_div(np.array([0, 1, 6, 7]), 6).tolist() == [0, 1, 1, 2]
