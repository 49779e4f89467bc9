"""The calibration: prices that explain their parts are recovered; what is written can be read back."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from bench.calibrate_costs import LUT_AMOUNTS, Part, fitted, nonnegative_least_squares
from bench.cost_designs import calibration, validation
from bench.cost_images import images_of_validation, streams_of_calibration, streams_of_validation
from bench.cost_page import page, prices_module
from bxnn.compiler.cost.cost_model import FRAME_PARALLEL_ERROR, STREAMED_ERROR, STREAMING_ERROR, THIRD_PARTY_ERROR
from bxnn.compiler.cost.prices import ERRORS, LUT_COEFFICIENTS
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.resource_usage import ResourceError

TRUE = {name: 0.25 + 0.125 * number for number, name in enumerate(LUT_AMOUNTS)} | {"counted_luts": 1.0}


def parts(count: int = 40) -> list[Part]:
    """Parts whose cost follows from the prices above, two flip-flops per bit."""
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


def test_flip_flops_between_the_tiles_of_streams_do_not_price_those_of_layers() -> None:
    streamed = [Part("window", Fabric(stream_luts=8, register_bits=1000), 8, 1000, "streaming")]
    assert fitted([*parts(), *streamed])[1] == pytest.approx(2.0)


def test_the_page_states_the_largest_error_of_each_form() -> None:
    prices = dict.fromkeys(LUT_AMOUNTS, 1.0)
    networks = [
        Part("good", Fabric(adder_bits=102, register_bits=50), 100, 50),
        Part("bad", Fabric(90, 0), 100, 1),
        Part("stream", Fabric(stream_luts=120, register_bits=97), 100, 100, "streaming"),
    ]
    text, errors = page(prices, 1.0, [], networks)
    assert errors == {"frame_parallel": (0.1, 1.0), "streaming": (0.2, 0.03)}
    assert "| good | 100 | 102 | +2.0 % | 50 | 50 | +0.0 % |" in text
    assert "| bad | 100 | 90 | -10.0 % | 1 | 0 | -100.0 % |\n\nStated: LUTs 10%, flip-flops 100%; the smallest" in text
    streams = text.partition("### Streaming")[2]
    assert "| stream | 100 | 120 | +20.0 % | 100 | 97 | -3.0 % |\n\nStated: LUTs 20%, flip-flops 3%; the" in streams
    assert streams.count("the smallest has 100 LUTs.\n") == 1
    assert "bad" not in streams


def test_the_module_of_prices_is_python() -> None:
    found: dict[str, object] = {}
    exec(prices_module(TRUE, 0.975, {"frame_parallel": (0.12, 0.034), "streaming": (0.3, 0.2)}), found)
    assert found["LUT_COEFFICIENTS"] == TRUE
    assert found["FF_COEFFICIENT"] == 0.975
    assert found["ERRORS"] == {"frame_parallel": (0.12, 0.03), "streaming": (0.3, 0.2)}
    assert {*LUT_COEFFICIENTS} == {*LUT_AMOUNTS}


def test_schedules_state_the_errors_of_their_form() -> None:
    judged = (ERRORS["frame_parallel"], astuple(THIRD_PARTY_ERROR))
    assert ResourceError(*map(max, *judged)) == FRAME_PARALLEL_ERROR
    streamed = (ERRORS["streaming"], astuple(STREAMED_ERROR))
    assert ResourceError(*map(max, *streamed)) == STREAMING_ERROR


def test_no_network_is_calibrated_and_judged() -> None:
    calibrated = (*calibration(), *streams_of_calibration())
    judged = (*validation(), *images_of_validation(), *streams_of_validation())
    names = [design.name for design in (*calibrated, *judged)]
    assert len(names) == len(set(names))
    assert {design.form for design in calibrated} == {design.form for design in judged} == {*ERRORS}
