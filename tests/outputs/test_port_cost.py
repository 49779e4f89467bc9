"""What the interface adds to drawn networks: synthesis counts exactly the LUTs and flip-flops that were predicted."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.layers.add import Add
from bxnn.sim.synthesis import synthesize, synthesize_parts
from tests.ir.networks import activation, dense, network, random_kernel, sat, source
from tests.streams.networks import Chain
from tests.vhdl.harness import SOURCES, TOP, Instance, write_top

THOROUGH = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
Keys = Mapping[str, Any]
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "timing": st.sampled_from(
            [{"input_register": True}, {"output_register": True}, {"input_register": True, "output_register": True}]
        ),
        "tag_bits": st.integers(1, 9),
        "latency": st.integers(1, 40),  # cycles of padding
        "reset": st.sampled_from([{"active": "low"}, {"asynchronous": True}, {"active": "low", "asynchronous": True}]),
    },
)


@dataclass(frozen=True)
class Case:
    """A network, what is said of its layers, and options of its ports."""

    graph: Graph
    keys: Keys
    options: Keys


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Small networks: one or two inputs, one or two outputs that leave at different times, on slices or adders."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inputs, hidden, outputs = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    signed, two = draw(st.booleans()), draw(st.booleans())
    bits = draw(st.integers(1, 4))
    layers: list[Layer] = [source("a", inputs, signed=signed, integer_bits=1, fraction_bits=bits)]
    if two:
        layers += [source("b", inputs, signed=signed, integer_bits=1, fraction_bits=bits), Add("sum", ("a", "b"))]
    layers.append(dense("fc1", layers[-1].name, random_kernel(rng, inputs, hidden, 4, draw(st.sampled_from([0, 0.4])))))
    layers.append(activation("relu", "fc1", sat(False, 1, 3)))
    layers.append(dense("fc2", "relu", random_kernel(rng, hidden, outputs, 3, 0.2), rng.integers(-9, 9, outputs)))
    chosen = draw(st.sampled_from([("fc2",), ("relu", "fc2"), ("fc1", "fc2")]))
    keys = {"initiation_interval": draw(st.integers(1, 5)), "strategy": draw(st.sampled_from(["dsp", "lut"]))}
    return Case(network(*layers, outputs=chosen), keys, draw(OPTIONS.filter(bool)))


def instance_of(interface: Interface) -> Instance:
    """A network as a part of a test's top, with all its ports."""
    inputs: dict[str, int | None] = {interface.reset.name: None}
    outputs: dict[str, int | None] = {}
    for ports, found in ((interface.inputs, inputs), (interface.outputs, outputs)):
        for port in ports:
            found |= {port.valid: None, port.data: port.elements * port.bits}
    if interface.tag_bits:
        inputs["in_tag"] = outputs["out_tag"] = interface.tag_bits
    return Instance(f"u_{interface.top}", interface.top, {}, inputs, outputs)


def counted(builds: Sequence[tuple[Graph, Keys]], folder: Path) -> list[tuple[int, int, int]]:
    """LUTs and flip-flops by which each build differs from its prediction, and its cycles."""
    instances, files, told = [], list(SOURCES), {}
    for graph, keys in builds:
        report = driver.compile_graph(graph, parse_config(json.dumps(keys)), folder / graph.name)
        build = Build(folder / graph.name)
        interface = Interface.load(build.interface)
        instances.append(instance_of(interface))
        files += [build.vhdl / name for name in interface.files if not name.startswith("lib/")]
        assert report.predicted is not None
        told[f"u_{graph.name}"] = report.predicted, report.latency_cycles
    found = synthesize_parts([*files, write_top(folder / "top.vhd", instances)], TOP, folder / "work", wide_bits=27)
    return [
        (found[name].lut - predicted.lut, found[name].ff - predicted.ff, cycles)
        for name, (predicted, cycles) in told.items()
    ]


def check(drawn: Sequence[Case]) -> None:
    """Each network without options and with them."""
    with tempfile.TemporaryDirectory() as name:
        folder, builds = Path(name), []
        for number, case in enumerate(drawn):
            plain = replace(case.graph, name=f"plain{number}")
            report = driver.compile_graph(plain, parse_config(json.dumps(case.keys)), folder / "first" / plain.name)
            options = {**case.keys, **case.options}
            if "latency" in options:
                registers = len(options.get("timing", {}))
                options["latency"] = {"cycles": report.latency_cycles + registers + options["latency"]}
            builds += [(plain, case.keys), (replace(case.graph, name=f"ports{number}"), options)]
        found = counted(builds, folder)
        wrong = [
            (case.keys, case.options, case.graph.outputs, without, with_)
            for case, without, with_ in zip(drawn, found[::2], found[1::2], strict=True)
            if without[:2] != with_[:2]
        ]
        assert not wrong, wrong


EVERY_OPTION: tuple[Keys, ...] = (
    {"timing": {"input_register": True, "output_register": True}},
    {"timing": {"output_register": True}, "tag_bits": 5, "latency": 1, "reset": {"active": "low"}},
    {"tag_bits": 1, "latency": 9, "reset": {"active": "low", "asynchronous": True}},
    {"timing": {"input_register": True}, "tag_bits": 9, "latency": 40, "reset": {"asynchronous": True}},
)


@pytest.mark.slow
@seed(5)
@settings(THOROUGH, max_examples=1)
@given(st.lists(cases(), min_size=len(EVERY_OPTION), max_size=len(EVERY_OPTION)))
def test_every_option(drawn: list[Case]) -> None:
    check([replace(case, options=options) for case, options in zip(drawn, EVERY_OPTION, strict=True)])


@pytest.mark.slow
def test_flip_flops_of_a_streaming_network(tmp_path: Path) -> None:
    """LUTs elsewhere in it depend on the order in which they are mapped."""
    graph = Chain((4, 5, 1)).conv(2, (2, 2)).relu().graph()
    options: tuple[Keys, ...] = ({}, {"timing": {"input_register": False, "output_register": True}, "tag_bits": 3})
    over = []
    for number, chosen in enumerate(options):
        build = Build(tmp_path / f"{number}")
        keys = {"initiation_interval": 24, "form": "streaming", **chosen}
        report = driver.compile_graph(graph, parse_config(json.dumps(keys)), build.folder)
        files = [build.vhdl / name for name in Interface.load(build.interface).files]
        found = synthesize(files, graph.name, tmp_path / f"work{number}", wide_bits=27)
        assert report.predicted is not None
        over.append(found.ff - report.predicted.ff)
    assert len(set(over)) == 1, over


@pytest.mark.nightly
@settings(THOROUGH, max_examples=20)
@given(st.lists(cases(), min_size=8, max_size=8))
def test_many_options(drawn: list[Case]) -> None:
    check(drawn)
