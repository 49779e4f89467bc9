"""Examples of layers as networks against the netlist: no class of paths is longer than predicted.

A class that is predicted only where it is short would hide nothing else: each is compared by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Example
from bxnn.compiler.ir.registry import layer_types
from bxnn.sim.synthesis import synthesize_parts
from tests.layers.firmware import DSP48E2, schedule, write
from tests.layers.test_contract import alone
from tests.timing.netlist import worst
from tests.vhdl.harness import SOURCES, TOP, write_top
from tests.vhdl.test_predicted_networks import CLOCK, instance_of
from tests.vhdl.test_predicted_paths import MOST, SHORTEST

EXAMPLES = {
    f"{kind}_{number}": example
    for kind, cls in layer_types().items()
    if issubclass(cls, HardwareLayer)
    for number, example in enumerate(cls.examples())
}
CHOOSING = ("argmax_2", "argmax_4", "maximum_1", "minimum_3", "averagepool2d_0")  # resets made of comparisons
"""ns, predicted and measured, by network and class."""
Compared = dict[tuple[str, PathClass], tuple[float, float]]


def compared(examples: dict[str, Example], intervals: Sequence[int], levels: int, folder: Path) -> Compared:
    """Predicted and measured ns of every class of every example at every initiation interval, in one synthesis."""
    chosen: dict[str, Schedule] = {}
    instances, files = [], list(SOURCES)
    for name, example in examples.items():
        for interval in intervals:
            layers = alone(example).layers
            graph = Graph(f"net_{name}_{interval}", layers, (layers[-1].name,))
            found = schedule(graph, interval, pipelining=Pipelining(tree_levels_per_stage=levels))
            interface = write(graph, found, folder / graph.name)
            chosen[f"u_{graph.name}"] = found
            instances.append(instance_of(interface))
            files += [folder / graph.name / "vhdl" / file for file in interface.files if not file.startswith("lib/")]
    sources = [*files, write_top(folder / "top.vhd", instances)]
    synthesize_parts(sources, TOP, folder / "synthesis", wide_bits=DSP48E2.wide_bits)
    modules = json.loads((folder / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    pairs: Compared = {}
    for name, found in chosen.items():
        told = {path.kind: path.pessimistic.ns for path in network_timing(found.graph, found, CLOCK).paths}
        measured = worst(modules[modules[TOP]["cells"][name]["type"]], "pessimistic")
        pairs |= {(name, kind): (told.get(kind, 0.0), path.ns) for kind, path in measured.items()}
    return pairs


def longer(pairs: Compared) -> dict[tuple[str, PathClass], tuple[float, float]]:
    """What is longer than predicted."""
    return {place: (told, ns) for place, (told, ns) in pairs.items() if ns > told + 1e-9}


def test_resets_of_comparisons(tmp_path: Path) -> None:
    pairs = compared({name: EXAMPLES[name] for name in CHOOSING}, (1,), 2, tmp_path)
    assert not longer(pairs)
    control = {place: told / max(ns, SHORTEST) for place, (told, ns) in pairs.items() if place[1] is PathClass.CONTROL}
    assert len(control) == len(CHOOSING)
    assert max(control.values()) <= MOST, control


@pytest.mark.nightly
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_every_example(levels: int, tmp_path: Path) -> None:
    assert not longer(compared(EXAMPLES, (1, 4), levels, tmp_path))
