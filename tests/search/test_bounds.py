"""What refuses a network early refuses none that fits: a budget of exactly what it costs changes nothing."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.schedule import search
from bxnn.compiler.schedule.budget import unexplained
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.layer_implementations import LayerImplementations
from bxnn.compiler.schedule.lut import adder_solver, block_programs
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.space_config import SpaceConfig
from bxnn.compiler.search.trial_run import predicted_cost
from bxnn.compiler.sweep.point import Design
from tests.search.records import context

SPACE = SearchSpace(SpaceConfig(depth=(1, 2), widths=(2, 5, 9), bits=(3, 5, 8), strategy=("dsp", "lut", "auto")))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1 << 30), st.sampled_from(["float", "qkeras"]))
def test_a_network_that_fits_is_never_refused(seed: int, training: str) -> None:
    candidate = SPACE.drawn(np.random.default_rng(seed))
    free = {"lut": 100_000, "dsp": 1000}
    found = predicted_cost(context(training=training, budget=free), candidate)
    own = {"lut": found.lut, "dsp": found.dsp, "latency_ns": found.latency_ns + 0.01}
    adder_solver._SOLVED.clear()  # what has been solved is not estimated
    with unexplained():
        assert predicted_cost(context(training=training, budget=own), candidate) == found


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1 << 30), st.floats(0.6, 1.6), st.sampled_from(["dsp", "lut"]))
def test_a_price_is_that_of_the_whole_search(seed: int, scale: float, strategy: str) -> None:
    """The same design within limits around what it costs, or the same refusal: nothing that is left out would fit."""
    generator = np.random.default_rng(seed)
    candidate = SPACE.drawn(generator).model_copy(update={"strategy": strategy})
    free = predicted_cost(context(training="qkeras", budget={"lut": 100_000, "dsp": 1000}), candidate)
    scales = scale * generator.uniform(0.8, 1.6, 3)
    own = {"lut": 1 + int(scales[0] * (free.lut or 0)), "latency_ns": scales[1] * free.latency_ns}
    limited = context(training="qkeras", budget={**own, "dsp": 1 + int(scales[2] * free.dsp)})
    found = list[Design | None]()
    for explained in (nullcontext(), unexplained()):
        adder_solver._SOLVED.clear()  # what has been solved is not estimated
        with explained:
            try:
                found.append(predicted_cost(limited, candidate))
            except ScheduleError:
                found.append(None)
    assert found[0] == found[1]


def test_only_implementations_of_the_best_latency_and_dsps_are_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    space = SpaceConfig(depth=(2,), widths=(12,), bits=(6,), pruning=(0.5,), strategy=("dsp",))
    candidate = SearchSpace(space).drawn(np.random.default_rng(1))
    limited, priced = context(training="qkeras", budget={"lut": 20_000, "dsp": 60, "latency_ns": 110}), list[int]()
    cost = LayerImplementations._cost

    def counted(layer: LayerImplementations, option: Implementation) -> ResourceUsage:
        priced[-1] += 1
        return cost(layer, option)

    monkeypatch.setattr(LayerImplementations, "_cost", counted)
    for explained in (nullcontext(), unexplained()):
        priced.append(0)
        with explained:
            predicted_cost(limited, candidate)
    assert 0 < priced[1] < priced[0] / 2


def test_matrices_beyond_a_budget_by_an_estimate_are_not_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    space = SpaceConfig(depth=(2,), widths=(12,), bits=(8,), pruning=(0.0,), strategy=("lut",))
    candidate = SearchSpace(space).drawn(np.random.default_rng(2))
    monkeypatch.setattr(block_programs, "solve", None)
    monkeypatch.setattr(adder_solver, "_SOLVED", {})
    with unexplained(), pytest.raises(ScheduleError) as caught:
        predicted_cost(context(training="qkeras", budget={"dsp": 9, "lut": 700}), candidate)
    assert str(caught.value) == "network at initiation_interval 8: no design fits 9 DSPs and 700 LUTs"


def test_adder_graphs_that_are_too_large_are_never_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    space = SpaceConfig(depth=(2,), widths=(12,), bits=(8,), pruning=(0.0,), strategy=("lut",))
    candidate = SearchSpace(space).drawn(np.random.default_rng(1))
    found = predicted_cost(context(budget={"lut": 100_000}), candidate)
    assert found.lut is not None
    monkeypatch.setattr(search, "first_closing", None)  # what builds designs
    with unexplained(), pytest.raises(ScheduleError) as caught:
        predicted_cost(context(budget={"dsp": 9, "lut": found.lut * 2 // 3}), candidate)
    assert str(caught.value) == f"network at initiation_interval 8: no design fits 9 DSPs and {found.lut * 2 // 3} LUTs"
