"""Examples of layers as networks against the netlist: no class of paths is longer than predicted.

A class that is predicted only where it is short would hide nothing else: each is compared by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.registry import layer_types
from bxnn.sim.netlist import SynthesisResult
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
CHOOSING = ("argmax_2", "argmax_4", "maximum_1", "minimum_3")  # comparisons reset flip-flops
NARROW = ("averagepool2d_0", "averagepool2d_1")  # sums drop bits of products

Compared = dict[tuple[str, PathClass], tuple[float, float]]  # ns, predicted and measured, by network and class


def networks(
    examples: Iterable[str], intervals: Sequence[int], pipelining: Pipelining, folder: Path
) -> tuple[dict[str, Schedule], dict[str, SynthesisResult]]:
    """Examples at every initiation interval: their schedules, and what one synthesis of all counts."""
    chosen: dict[str, Schedule] = {}
    instances, files = [], list(SOURCES)
    for name in examples:
        for interval in intervals:
            layers = alone(EXAMPLES[name]).layers
            graph = Graph(f"net_{name}_{interval}", layers, (layers[-1].name,))
            found = schedule(graph, interval, pipelining=pipelining)
            interface = write(graph, found, folder / graph.name)
            chosen[f"u_{graph.name}"] = found
            instances.append(instance_of(interface))
            files += [folder / graph.name / "vhdl" / file for file in interface.files if not file.startswith("lib/")]
    sources = [*files, write_top(folder / "top.vhd", instances)]
    return chosen, synthesize_parts(sources, TOP, folder / "synthesis", wide_bits=DSP48E2.wide_bits)


def compared(chosen: Mapping[str, Schedule], folder: Path) -> Compared:
    """Every class of every network."""
    modules = json.loads((folder / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    pairs: Compared = {}
    for name, found in chosen.items():
        told = {path.kind: path.pessimistic.ns for path in network_timing(found.graph, found, CLOCK).paths}
        measured = worst(modules[modules[TOP]["cells"][name]["type"]], "pessimistic")
        pairs |= {(name, kind): (told.get(kind, 0.0), path.ns) for kind, path in measured.items()}
    return pairs


def longer(pairs: Compared) -> Compared:
    """What is longer than predicted."""
    return {place: (told, ns) for place, (told, ns) in pairs.items() if ns > told + 1e-9}


def shares(pairs: Compared, kind: PathClass) -> dict[str, float]:
    """Predicted by measured of a class, by network; paths too short to be told apart count as the shortest one."""
    return {name: told / max(ns, SHORTEST) for (name, found), (told, ns) in pairs.items() if found is kind}


def test_resets_of_comparisons(tmp_path: Path) -> None:
    pairs = compared(networks(CHOOSING, (1,), Pipelining(tree_levels_per_stage=2), tmp_path)[0], tmp_path)
    control = shares(pairs, PathClass.CONTROL)
    assert not longer(pairs)
    assert len(control) == len(CHOOSING)
    assert max(control.values()) <= MOST, control


@pytest.mark.parametrize("registered", [True, False])
def test_adders_of_narrow_products(registered: bool, tmp_path: Path) -> None:
    """Registered products are added outside their slices: that takes time, LUTs and flip-flops; others are not."""
    chosen, counted = networks(NARROW, (1,), Pipelining(multiplier_register=registered), tmp_path)
    pairs = compared(chosen, tmp_path)
    data = shares(pairs, PathClass.DATA)
    assert not longer(pairs)
    assert max(data.values()) <= MOST, data
    for name, found in chosen.items():
        told, error, own = found.cost, found.cost_error, counted[name]
        assert told is not None and error is not None
        assert told.lut <= (1 + error.lut) * own.lut, (name, told, own)  # inverters are not predicted
        assert abs(told.ff - own.ff) <= error.ff * own.ff, (name, told, own)


@pytest.mark.nightly
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_every_example(levels: int, tmp_path: Path) -> None:
    chosen, _ = networks(EXAMPLES, (1, 4), Pipelining(tree_levels_per_stage=levels), tmp_path)
    assert not longer(compared(chosen, tmp_path))
