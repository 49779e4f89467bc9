"""What strategy lut refuses: one line each, the subject first."""

import sys

import numpy as np
import pytest

from bxnn.compiler.errors import ScheduleError, ToolError
from bxnn.compiler.schedule.implementation import LayerSettings
from tests.ir.networks import activation, dense, network, random_kernel, source
from tests.layers.firmware import schedule

GRAPH = network(source("x", 3), dense("fc1", "x", [[1, 2], [3, 4], [5, 6]]), activation("relu", "fc1"))
ONE_OF_TWO = "applies to strategy dsp; remove one of the two"

CASES = [
    ({"fc1": LayerSettings(binding="input_serial", strategy="lut")}, f"fc1 (dense): binding {ONE_OF_TWO}"),
    ({"fc1": LayerSettings(reuse_factor=2, strategy="lut")}, f"fc1 (dense): reuse_factor {ONE_OF_TWO}"),
    ({"fc1": LayerSettings(cascade=2, strategy="lut")}, f"fc1 (dense): cascade {ONE_OF_TWO}"),
    (
        {"fc1": LayerSettings(adders_per_stage=2)},
        "fc1 (dense): adders_per_stage applies to strategy lut; remove one of the two",
    ),
    (
        {"relu": LayerSettings(strategy="lut")},
        "relu (activation): has no multipliers; remove its settings from design.yaml",
    ),
]


@pytest.mark.parametrize(("settings", "message"), CASES, ids=[message[:30] for _, message in CASES])
def test_contradictions(settings: dict[str, LayerSettings], message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        schedule(GRAPH, 4, settings)
    assert str(caught.value) == message


def test_a_missing_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alkaid.cmvm", None)
    with pytest.raises(ToolError) as caught:
        schedule(GRAPH, 1, {"fc1": LayerSettings(strategy="lut")})
    assert str(caught.value) == 'alkaid: is not installed; strategy lut needs it: pip install "bxnn[lut]"'
    assert schedule(GRAPH, 1).dsp > 0, "without such a layer it is not needed"


def test_a_matrix_that_is_too_large() -> None:
    graph = network(source("x", 300), dense("fc1", "x", random_kernel(np.random.default_rng(1), 300, 300, 8, 0)))
    with pytest.raises(ScheduleError) as caught:
        schedule(graph, 1, {"fc1": LayerSettings(strategy="lut")})
    assert str(caught.value) == (
        "fc1 (dense): has weights of 250754 nonzero signed digits, but strategy lut takes at most 120000; use "
        "strategy dsp"
    )
