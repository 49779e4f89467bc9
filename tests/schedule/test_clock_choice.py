"""The clock decides: pessimistic delays where they can be met, typical ones with a notice, else a refusal."""

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.hardware.network_timing import NetworkTiming
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import ClosesTypically
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.clock_choice import closes_typically
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.layers.lookup import Lookup
from tests.ir.networks import network, source


def table() -> Graph:
    """A table of 4,096 entries for each of 16 elements: a large fan-out, and a deep multiplexer."""
    codes = np.random.default_rng(1).integers(0, 255, (1, 4096), endpoint=True)
    lookup = Lookup("y", ("x",), FixedTensor(codes, 8), FixedFormat(False, 0, 8))
    return network(source("x", 16, signed=False, integer_bits=2, fraction_bits=10), lookup)


def scheduled(text: str) -> tuple[Schedule, NetworkTiming]:
    config = parse_config(f"initiation_interval: 8\n{text}")
    found = schedule_graph(table(), config, load_board(config.board))
    assert isinstance(found, Schedule) and found.timing is not None
    assert found.timing.closes
    return found, found.timing


def refusal(text: str) -> str:
    with pytest.raises(LimitMissedError) as caught:
        scheduled(text)
    return str(caught.value)


def test_pessimistic_delays_count_where_they_can_be_met() -> None:
    found, timing = scheduled("clock_mhz: 240")
    assert timing.estimate == "pessimistic"
    assert list(closes_typically(table(), found)) == []


def test_typical_delays_count_with_a_notice() -> None:
    found, timing = scheduled("clock_mhz: 320.632")
    assert timing.estimate == "typical"
    worst = max(path.pessimistic.ns for path in timing.paths)
    (notice,) = closes_typically(table(), found)
    assert notice == ClosesTypically("y (lookup)", "input_port", worst, 950 / worst)
    assert worst > timing.limit_ns >= timing.delay(timing.worst).ns


def test_an_estimate_that_is_asked_for_is_no_suggestion() -> None:
    found, _ = scheduled("clock_mhz: 320.632\ntiming: {estimate: typical}")
    (notice,) = closes_typically(table(), found)
    assert refusal("clock_mhz: 320.632\ntiming: {estimate: pessimistic}") == (
        f"y (lookup): a path of class input_port takes {notice.ns:.3f} ns (pessimistic), but a period of 3.119 ns less "
        f"5% is 2.963 ns; it closes at {notice.clock_mhz:.1f} MHz"
    )


def test_a_clock_that_no_estimate_meets_is_refused() -> None:
    message = refusal("clock_mhz: 641.264")
    assert message.startswith("y (lookup): a path of class input_port takes ") and "(pessimistic)" in message
    assert message.partition("ns (pessimistic)")[2] == (
        ", but a period of 1.559 ns less 5% is 1.481 ns; it closes at " + message.rpartition("it closes at ")[2]
    )
