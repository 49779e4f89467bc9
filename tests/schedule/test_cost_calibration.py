"""The calibration: prices that explain their parts are found again; what is written can be read back."""

from __future__ import annotations

import numpy as np
import pytest

from bench.calibrate_costs import LUT_AMOUNTS, Part, fitted, nonnegative_least_squares
from bench.cost_designs import calibration, validation
from bench.cost_page import page, prices_module
from compiler.ir.fabric import Fabric
from compiler.schedule.prices import LUT_PRICES

TRUE = {name: 0.25 + 0.125 * number for number, name in enumerate(LUT_AMOUNTS)}


def parts(count: int = 40) -> list[Part]:
    """Parts whose cost follows from the prices above, two flip-flops a bit."""
    rng = np.random.default_rng(1)
    found = []
    for number in range(count):
        amounts = {name: 8 * int(rng.integers(0, 50)) for name in LUT_AMOUNTS}
        lut = sum(TRUE[name] * amount for name, amount in amounts.items())
        found.append(Part(f"part {number}", Fabric(**amounts, register_bits=number + 1), round(lut), 2 * number + 2))
    return found


def test_prices_are_found_again() -> None:
    prices, ff_price = fitted(parts())
    assert prices == pytest.approx(TRUE) and ff_price == pytest.approx(2.0)


def test_a_price_is_never_negative() -> None:
    amounts = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 1.0]])
    assert nonnegative_least_squares(amounts, np.array([40.0, 30.0, 70.0]))[1] == 0.0


def test_an_amount_that_no_part_has_is_an_error() -> None:
    with pytest.raises(RuntimeError) as caught:
        fitted([Part("part", Fabric(**dict.fromkeys(LUT_AMOUNTS[1:], 1)), 1, 1)])
    assert str(caught.value) == f"no calibration network contains {LUT_AMOUNTS[0]}"


def test_the_page_states_the_largest_error() -> None:
    prices = dict.fromkeys(LUT_AMOUNTS, 1.0)
    networks = [Part("good", Fabric(adder_bits=102, register_bits=50), 100, 50), Part("bad", Fabric(90, 0), 100, 1)]
    text, lut_error, ff_error = page(prices, 1.0, [], networks)
    assert (lut_error, ff_error) == (0.1, 1.0)
    assert "| good | 100 | 102 | +2.0 % | 50 | 50 | +0.0 % |" in text
    assert "| bad | 100 | 90 | -10.0 % | 1 | 0 | -100.0 % |" in text


def test_the_module_of_prices_is_python() -> None:
    found: dict[str, object] = {}
    exec(prices_module(TRUE, 0.975, 0.12, 0.034), found)
    assert found["LUT_PRICES"] == TRUE
    assert (found["FF_PRICE"], found["LUT_ERROR"], found["FF_ERROR"]) == (0.975, 0.12, 0.03)
    assert {*LUT_PRICES} == {*LUT_AMOUNTS}


def test_no_network_is_calibrated_and_judged() -> None:
    names = [design.name for design in (*calibration(), *validation())]
    assert len(names) == len(set(names))
