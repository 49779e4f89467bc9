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
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.clock_choice import closes_typically
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.lookup import Lookup
from tests.ir.networks import network, source


def table() -> Graph:
    """A table of 4,096 entries for each of 16 elements: a large fan-out, and a deep multiplexer."""
    codes = np.random.default_rng(1).integers(0, 255, (1, 4096), endpoint=True)
    lookup = Lookup("y", ("x",), FixedTensor(codes, 8), FixedFormat(False, 0, 8))
    return network(source("x", 16, signed=False, integer_bits=2, fraction_bits=10), lookup)


def clamp() -> Graph:
    """Ties to even, a carry chain and a comparison with bounds that are not powers of two, in one cycle."""
    function = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT, -100, 100)
    return network(source("x", 16, integer_bits=7, fraction_bits=16), ActivationLayer("y", ("x",), function))


def scheduled(text: str, graph: Graph | None = None) -> tuple[Schedule, NetworkTiming]:
    config = parse_config(f"initiation_interval: 8\n{text}")
    found = schedule_graph(graph or clamp(), config, load_board(config.board))
    assert isinstance(found, Schedule) and found.timing is not None
    assert found.timing.closes
    return found, found.timing


def refusal(text: str) -> str:
    with pytest.raises(LimitMissedError) as caught:
        scheduled(text)
    return str(caught.value)


def test_pessimistic_delays_count_where_they_can_be_met() -> None:
    found, timing = scheduled("clock_mhz: 200")
    assert timing.estimate == "pessimistic"
    assert list(closes_typically(clamp(), found)) == []


def test_typical_delays_count_with_a_notice() -> None:
    found, timing = scheduled("clock_mhz: 240.474")
    assert timing.estimate == "typical"
    slowest = max(timing.paths, key=lambda path: path.pessimistic.ns)
    worst = slowest.pessimistic.ns
    (notice,) = closes_typically(clamp(), found)
    assert notice == ClosesTypically("y (activation)", slowest.kind.value, worst, 950 / worst)
    assert worst > timing.limit_ns >= timing.delay(timing.worst).ns


def test_an_estimate_that_is_asked_for_is_no_suggestion() -> None:
    found, _ = scheduled("clock_mhz: 240.474\ntiming: {estimate: typical}")
    (notice,) = closes_typically(clamp(), found)
    assert refusal("clock_mhz: 240.474\ntiming: {estimate: pessimistic}") == (
        f"y (activation): a path of class {notice.kind} takes {notice.ns:.3f} ns (pessimistic), but a period of "
        f"4.158 ns less 5% is 3.951 ns; it closes at {notice.clock_mhz:.1f} MHz"
    )


def test_a_clock_that_no_estimate_meets_is_refused() -> None:
    message = refusal("clock_mhz: 641.264")
    assert message.startswith("y (activation): a path of class ") and "(pessimistic)" in message
    assert message.partition("ns (pessimistic)")[2] == (
        ", but a period of 1.559 ns less 5% is 1.481 ns; it closes at " + message.rpartition("it closes at ")[2]
    )


@pytest.mark.parametrize(
    ("clock_mhz", "cycles", "estimate"),
    [(160.316, 1, "pessimistic"), (320.632, 2, "pessimistic"), (400.79, 2, "typical")],
)
def test_a_wide_table_has_a_register_for_every_page_where_the_clock_needs_one(
    clock_mhz: float, cycles: int, estimate: str
) -> None:
    found, timing = scheduled(f"clock_mhz: {clock_mhz}", table())
    assert timing.estimate == estimate
    assert found.step("y").binding.latency_cycles == cycles
