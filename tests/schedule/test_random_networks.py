"""Random small networks from graph to firmware: every bit equal, every cycle as predicted.

Hypothesis prints the failing network; the examples are the same in every run (tests/conftest.py).
"""

import tempfile
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.argmax import Argmax
from bxnn.layers.concatenate import Concatenate
from bxnn.sim.rtl import SimulatorName
from tests.ir.networks import activation, dense, network, networks, random_kernel, sat, source
from tests.layers.firmware import check_firmware, schedule

THOROUGH = settings(suppress_health_check=list(HealthCheck))
# Joined slices are instantiated: tests/backend/test_input_joined.py draws networks of those.
BINDINGS = [binding for binding in get_args(BindingChoice) if binding != "input_joined"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Graph, int, dict[str, LayerSettings]]:
    """A network, an II and a binding for some of its layers."""
    graph = run(draw(networks()), PIPELINE, PassOptions())
    initiation_interval = draw(st.integers(1, 12))
    chosen = {}
    for layer in graph.layers:
        if layer.kind == "dense":
            binding = draw(st.sampled_from((None, *BINDINGS)))
            reuse = draw(st.sampled_from([None, 1, initiation_interval]))
            cascade = None if binding == "input_serial" else draw(st.sampled_from([None, None, 1, 3]))
            chosen[layer.name] = LayerSettings(binding, reuse, cascade)
    return graph, initiation_interval, chosen


def check(case: tuple[Graph, int, dict[str, LayerSettings]], simulator: SimulatorName) -> None:
    graph, initiation_interval, chosen = case
    with tempfile.TemporaryDirectory() as folder:
        check_firmware(graph, schedule(graph, initiation_interval, chosen), Path(folder), 6, 1, simulator)


@pytest.mark.slow
@settings(THOROUGH, max_examples=10)
@given(cases())
def test_ghdl_agrees_with_the_reference(case: tuple[Graph, int, dict[str, LayerSettings]]) -> None:
    check(case, "ghdl")


@pytest.mark.nightly
@settings(THOROUGH, max_examples=25)
@given(cases())
def test_ghdl_agrees_in_more_networks(case: tuple[Graph, int, dict[str, LayerSettings]]) -> None:
    check(case, "ghdl")


@pytest.mark.slow
@settings(THOROUGH, max_examples=2)
@given(cases())
def test_verilator_agrees_with_the_reference(case: tuple[Graph, int, dict[str, LayerSettings]]) -> None:
    check(case, "verilator")


@pytest.mark.parametrize("initiation_interval", [1, 5])
def test_one_network_with_everything(initiation_interval: int, tmp_path: Path) -> None:
    """Two inputs, branches that meet, an output that other layers read too, and outputs of every layout."""
    rng = np.random.default_rng(4)
    graph = network(
        source("a", 7),
        source("b", 3, signed=False, integer_bits=0),
        dense("fc1", "a", random_kernel(rng, 7, 9, 5, 0.3), rng.integers(-30, 30, 9)),
        activation("leaky", "fc1", sat(True, 2, 4)),
        dense("fc2", "leaky", random_kernel(rng, 9, 4, 5, 0.3), rng.integers(-30, 30, 4)),
        dense("fc3", "leaky", random_kernel(rng, 9, 6, 5, 0.3)),
        Argmax("best", ("fc3",)),
        dense("fc4", "b", random_kernel(rng, 3, 1, 5, 0.0)),
        activation("last", "fc2"),
        Concatenate("joined", ("fc2", "leaky", "fc4"), 0),
        dense("fc5", "joined", random_kernel(rng, 14, 3, 5, 0.3)),
        outputs=("best", "leaky", "last", "fc4", "fc3", "fc5"),
    )
    serial, parallel = LayerSettings("output_serial"), LayerSettings("input_serial")
    chosen = schedule(graph, initiation_interval, {"fc1": serial, "fc2": parallel, "fc3": serial})
    assert {"output_serial", "input_serial", "stage"} <= {step.binding.name for step in chosen.steps}
    check_firmware(graph, chosen, tmp_path)
