"""Options of the ports in any combination: every bit, every cycle, every tag, in GHDL."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bxnn.compiler import driver, verification
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.fixed_design import with_fixed_weights
from tests.reload.networks import two_layers

EVENTS = 12
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "tag_bits": st.sampled_from([0, 1, 7]),
    "spacing_error": st.booleans(),
    "reset": st.fixed_dictionaries({"active": st.sampled_from(["high", "low"]), "asynchronous": st.booleans()}),
    "latency": st.none() | st.fixed_dictionaries({"cycles": st.integers(40, 70)}),
    "outputs": st.none() | st.just({"fc2": ["values", "argmax", {"threshold": 0.25}]}),
    "weights": st.none() | st.fixed_dictionaries({"bus": st.sampled_from(["port", "axi-lite", "ipbus"])}),
    "dsp": st.sampled_from(["inferred", "instantiated"]),
    "packing": st.sampled_from(["auto", "none"]),
    "timing": st.fixed_dictionaries(
        {"input_register": st.booleans(), "output_register": st.booleans(), "held_input": st.booleans()}
    ),
    "initiation_interval": st.integers(1, 6),
    "members": st.sampled_from([1, 1, 2, 3, 4]),  # of an ensemble, four of them on two cores
}
designs = st.fixed_dictionaries(OPTIONS).map(
    lambda options: {"strategy": "dsp"} | {key: value for key, value in options.items() if value is not None}
)


def check(options: dict[str, Any]) -> None:
    """Compile and simulate a small network; with ``weights``, its first set."""
    options = dict(options)
    members = options.pop("members")
    if members > 1 and "weights" not in options:
        cores = 2 if members == 4 else 1
        options["ensemble"] = {"members": members, "cores": cores}
        options["initiation_interval"] *= members // cores
        if "latency" in options:
            options["latency"] = {"cycles": options["latency"]["cycles"] + 20}
        options["outputs"] = {"fc2_mean": options.get("outputs", {"fc2": "values"})["fc2"]}
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder) / "net"
        graphs = [two_layers(number + 1, (4, 5, 3)) for number in range(members if "ensemble" in options else 1)]
        first, *others = graphs if "weights" in options else [with_fixed_weights(graph) for graph in graphs]
        report = driver.compile_graph(first, parse_config(json.dumps(options)), build, others=others)
        result = verification.simulate(build, None, EVENTS, quick=True).simulation
        assert result is not None
        assert (result.passed, result.mismatches, result.spurious) == (True, 0, 0), result.first_difference
        assert result.latency_cycles == report.latency_cycles
        assert (report.weights is None) == ("weights" not in options)


@seed(3)
@settings(max_examples=2, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(options=designs)
def test_some_combinations(options: dict[str, Any]) -> None:
    check(options)


@pytest.mark.nightly
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(options=designs)
def test_many_combinations(options: dict[str, Any]) -> None:
    check(options)
