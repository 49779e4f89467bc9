"""What refuses a network early refuses none that fits: a budget of exactly what it costs changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.schedule import search
from bxnn.compiler.schedule.budget import unexplained
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.space_config import SpaceConfig
from bxnn.compiler.search.trial_run import predicted_cost
from tests.search.records import context

SPACE = SearchSpace(SpaceConfig(depth=(1, 2), widths=(2, 5, 9), bits=(3, 5, 8), strategy=("dsp", "lut", "auto")))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1 << 30), st.sampled_from(["float", "qkeras"]))
def test_a_network_that_fits_is_never_refused(seed: int, training: str) -> None:
    candidate = SPACE.drawn(np.random.default_rng(seed))
    free = {"lut": 100_000, "dsp": 1000}
    found = predicted_cost(context(training=training, budget=free), candidate)
    own = {"lut": found.lut, "dsp": found.dsp, "latency_ns": found.latency_ns + 0.01}
    with unexplained():
        assert predicted_cost(context(training=training, budget=own), candidate) == found


def test_adder_graphs_that_are_too_large_are_never_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    space = SpaceConfig(depth=(2,), widths=(12,), bits=(8,), pruning=(0.0,), strategy=("lut",))
    candidate = SearchSpace(space).drawn(np.random.default_rng(1))
    found = predicted_cost(context(budget={"lut": 100_000}), candidate)
    assert found.lut is not None
    monkeypatch.setattr(search, "first_closing", None)  # what builds designs
    with unexplained(), pytest.raises(ScheduleError) as caught:
        predicted_cost(context(budget={"dsp": 9, "lut": found.lut * 2 // 3}), candidate)
    assert str(caught.value) == f"network at initiation_interval 8: no design fits 9 DSPs and {found.lut * 2 // 3} LUTs"
