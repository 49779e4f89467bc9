"""The minimum that every design needs: never more than any design needs, and known before anything is solved."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import Strategy, parse_config
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.budget import Budget, OutOfReachError
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.compiler.schedule.search import Search
from bxnn.layers.argmax import Argmax
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from tests.conv.networks import conv, window
from tests.ir.networks import activation, dense, network, networks, random_kernel, source
from tests.layers.firmware import DSP48E2

STRATEGIES: tuple[Strategy, ...] = ("auto", "dsp", "lut")


def check_bounds(graph: Graph, initiation_interval: int, strategy: Strategy, **chosen: LayerSettings) -> None:
    """No design of any search needs less, in any cost."""
    for priced in (False, True):
        found = Search(graph, initiation_interval, chosen, DSP48E2, strategy, priced)
        least = found.least
        for design in found.pareto_front():
            assert design.dsp >= least.dsp and design.latency_cycles >= least.latency_cycles
            assert design.lut >= least.lut


@pytest.mark.no_cover
@settings(max_examples=30)
@given(networks(3, 8), st.integers(1, 12), st.sampled_from(STRATEGIES))
def test_no_design_needs_less(graph: Graph, initiation_interval: int, strategy: Strategy) -> None:
    check_bounds(run(graph, PIPELINE, PassOptions()), initiation_interval, strategy)


@pytest.mark.no_cover
@pytest.mark.parametrize("initiation_interval", [1, 3, 8])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_design_of_an_image_needs_less(initiation_interval: int, strategy: Strategy) -> None:
    graph = network(
        source("x", 6, 6, 2),
        conv("conv", "x", 2, 3, window(3, 3)),
        activation("relu", "conv"),
        MaxPool2D("pool", ("relu",), window(2, 2, stride=2)),
        Reshape("flat", ("pool",), (12,)),
        Argmax("best", ("flat",)),
    )
    check_bounds(graph, initiation_interval, strategy)


@pytest.mark.parametrize("reuse_factor", [1, 2, 4])
@pytest.mark.parametrize("packing", [1, None])
def test_settings_tighten_the_bound(reuse_factor: int, packing: int | None) -> None:
    graph = network(source("x", 8), dense("fc", "x", random_kernel(np.random.default_rng(1), 8, 6, 4, 0.2)))
    chosen = LayerSettings(reuse_factor=reuse_factor, packing=packing)
    check_bounds(graph, 4, "dsp", fc=chosen)
    found = Search(graph, 4, {"fc": chosen}, DSP48E2)
    linear = found.options["fc"].linear
    assert linear is not None
    if packing == 1:
        assert found.least.dsp == ceil_div(linear.macs_nonzero, reuse_factor)


def wide(outputs: int) -> Graph:
    """A network whose adder graphs take minutes."""
    rng = np.random.default_rng(7)
    first, second = random_kernel(rng, 64, 64, 8, 0.0), random_kernel(rng, 64, outputs, 8, 0.0)
    return network(source("x", 64), dense("fc1", "x", first), activation("relu", "fc1"), dense("fc2", "relu", second))


AT_ONCE = [
    (
        "budget: {lut: 0}",
        "design.yaml: budget: lut: 0 is out of reach: every design of net at initiation_interval 8 needs at least "
        "52 LUTs; raise or remove the limit",
    ),
    (
        "budget: {latency_ns: 1.0e-300}",
        "design.yaml: budget: latency_ns: 1e-300 is out of reach: every design of net at initiation_interval 8 needs "
        "at least 4 cycles, 12.48 ns at 320.632 MHz; raise or remove the limit",
    ),
    (
        "strategy: dsp\nbudget: {dsp: 100}",
        "design.yaml: budget: dsp: 100 is out of reach: every design of net at initiation_interval 8 needs at least "
        "512 DSPs; raise or remove the limit, or use a larger initiation_interval",
    ),
    (
        "strategy: lut\nbudget: {lut: 50}",
        "design.yaml: budget: lut: 50 is out of reach: every design of net at initiation_interval 8 needs at least "
        "168 LUTs; raise or remove the limit",
    ),
]


@pytest.mark.parametrize(("design", "message"), AT_ONCE, ids=[design for design, _ in AT_ONCE])
def test_a_limit_out_of_reach_is_refused_before_anything_is_solved(
    design: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def solved(_: AdderSolver) -> None:
        raise AssertionError("an adder graph was solved")

    monkeypatch.setattr(AdderSolver, "graphs", property(solved))
    config = parse_config(f"initiation_interval: 8\n{design}\n")
    started = time.process_time()
    with pytest.raises(LimitMissedError) as caught:
        schedule_graph(wide(64), config, load_board(config.board))
    assert str(caught.value) == message
    assert time.process_time() - started < 2


def test_a_board_that_is_too_small_is_named_as_such() -> None:
    """A frame-parallel image for which every event needs more DSPs than the board has: this once took 15 minutes."""
    graph = network(
        source("x", 14, 14, 4), conv("first", "x", 4, 8, window(3, 3)), conv("second", "first", 8, 16, window(3, 3))
    )
    config = parse_config("initiation_interval: 8\nform: frame_parallel\nstrategy: dsp\n")
    started = time.process_time()
    with pytest.raises(LimitMissedError) as caught:
        schedule_graph(graph, config, load_board(config.board))
    assert str(caught.value) == (
        "net at initiation_interval 8: every design needs at least 9422 DSPs, but board xcvu9p has 6840; use a larger "
        "initiation_interval, form: streaming, a larger board or a smaller network"
    )
    assert time.process_time() - started < 3


def test_the_search_says_what_is_needed_in_its_own_words() -> None:
    graph = network(source("x", 4), dense("fc", "x", np.ones((4, 4), np.int64)))
    found = Search(graph, 1, {"fc": LayerSettings(packing=1)}, DSP48E2)
    with pytest.raises(OutOfReachError) as caught:
        found.best(Budget(dsp=10), 6840)
    assert str(caught.value) == "net at initiation_interval 1: needs at least 16 DSPs, the budget allows 10"
    with pytest.raises(OutOfReachError) as caught:
        found.best(Budget(dsp=10), 9)
    assert str(caught.value) == "net at initiation_interval 1: needs at least 16 DSPs, the board has 9"
