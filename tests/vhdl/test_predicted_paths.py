"""Predicted paths against the netlist, both by the delays of UltraScale+ -2: never shorter, at most 30 % longer.

All instances of a case are synthesized in one run and analysed one by one. Their inputs act like registers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.hardware.adder_constants import adder_constants
from bxnn.compiler.hardware.adder_paths import adder_paths
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.delays.path_delay import Delay, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.requantize_paths import RequantizePaths
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver
from bxnn.sim.synthesis import synthesize_parts
from bxnn.sim.timing.timing_path import TimingPath
from tests.timing.netlist import FABRIC, by_end, worst
from tests.vhdl import test_requantize as requantize
from tests.vhdl.harness import SOURCES, TOP, Bits, Instance, Integers, write_top

TECHNOLOGY = Technology(FABRIC, "pessimistic")
MOST = 1.3  # of what was measured
SHORTEST = TECHNOLOGY.no_shorter(Delay()).ns
MOST_OF_A_CLAMP = 1.65  # where synthesis finds that LUTs do what comparisons were reckoned with

Case = tuple[Instance, HardwarePaths]


def netlists(instances: Sequence[Instance], folder: Path) -> dict[str, Any]:
    """The module of every instance."""
    top = write_top(folder / "top.vhd", instances)
    synthesize_parts([*SOURCES, top], TOP, folder / "synthesis")
    modules = json.loads((folder / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    return {name: modules[cell["type"]] for name, cell in modules[TOP]["cells"].items() if cell["type"] in modules}


def measured(instances: Sequence[Instance], folder: Path) -> dict[str, dict[PathClass, TimingPath]]:
    """The slowest paths of every instance by class."""
    return {name: worst(module, "pessimistic") for name, module in netlists(instances, folder).items()}


def from_inputs(paths: HardwarePaths) -> float:
    """The slowest path from the data inputs, ns."""
    sinks = TECHNOLOGY.net(paths.sinks)
    enable = [path.delay.ns for path in paths.inner if path.kind is PathClass.CONTROL]
    return max(*((TECHNOLOGY.start + sinks + entry.delay).ns for entry in paths.entries), *enable, 0.0)


def between_registers(paths: HardwarePaths) -> float:
    """The slowest path inside, ns."""
    return max((path.delay.ns for path in paths.inner if path.kind is PathClass.DATA), default=0.0)


def check(cases: Sequence[Case], folder: Path, most: float) -> list[float]:
    """The slowest path of every case is at most as long as predicted, and the prediction at most ``most`` times it.

    Returns:
        How many times, by case; paths that are too short to be told from others count as the shortest one.
    """
    found = measured([instance for instance, _ in cases], folder)
    shares = []
    for instance, predicted in cases:
        told = max(from_inputs(predicted), between_registers(predicted))
        ns = max(path.ns for kind, path in found[instance.name].items() if kind is not PathClass.OUTPUT_PORT)
        assert ns <= told + 1e-9, (instance.name, told, found[instance.name])
        shares.append(told / max(ns, SHORTEST))
        assert shares[-1] <= most, (instance.name, told, found[instance.name])
    return shares


def check_clamps(cases: Sequence[Case], folder: Path) -> None:
    """No path to a D, or to an enable, set or reset, is longer than predicted for that; the slower one is as `check`.

    Of some clamps, synthesis finds that LUTs do what comparisons were reckoned with.
    """
    found, shares = netlists([instance for instance, _ in cases], folder), []
    for instance, predicted in cases:
        own = by_end(found[instance.name])
        told = {kind: into(predicted, kind) for kind in (PathClass.DATA, PathClass.CONTROL)}
        assert all(own[kind] <= told[kind] + 1e-9 for kind in told), (instance.name, told, own)
        shares.append(max(told.values()) / max(*(own[kind] for kind in told), SHORTEST))
        assert shares[-1] <= MOST_OF_A_CLAMP, (instance.name, told, own)
    assert sum(share > MOST for share in shares) <= 1 + len(shares) / 8, shares


def into(paths: HardwarePaths, kind: PathClass) -> float:
    """The slowest path to a kind of end, from registers or inputs, ns."""
    entered = TECHNOLOGY.start + TECHNOLOGY.net(paths.sinks)
    ends = [(entered + entry.delay).ns for entry in paths.entries if entry.kind is kind]
    return max(SHORTEST, *ends, *(path.delay.ns for path in paths.inner if path.kind is kind))


def requantizer(rng: random.Random) -> Case:
    """A drawn quantizer of one lane."""
    out_bits, dropped = rng.randint(4, 10), rng.randint(1, 10)
    bits = min(dropped + out_bits + rng.randint(1, 8), 30)
    rounding = rng.choice(["RND", "RND_CONV", "RND_ZERO", "TRN", "RND_MIN_INF"])
    half = int(rounding in ("RND", "RND_CONV") and rng.random() < 0.5)
    low = rng.choice([0, -(1 << (out_bits - 1))])
    high = (1 << out_bits) - 1 + low
    powers = rng.random() < 0.7
    if not powers:
        high -= rng.randint(1, high // 3 + 1)
    form = requantize.Format(1, bits, 1, out_bits, dropped, rounding, "SAT", low, high, 0, half)
    paths = RequantizePaths(
        bits, dropped, Rounding(rounding), True, out_bits, low < 0, powers, False, out_bits, half == 1, powers
    )
    return requantize.instance_of(form), paths.paths(TECHNOLOGY, 1)


def wrapping(rounding: str, dropped: int) -> Case:
    """A quantizer that wraps."""
    form = requantize.Format(1, dropped + 8, 1, 6, dropped, rounding, "WRAP", -32, 31, 0, 0)
    paths = RequantizePaths(dropped + 8, dropped, Rounding(rounding), False, 6, True, True, False, 6, False, True)
    return requantize.instance_of(form), paths.paths(TECHNOLOGY, 1)


def tree(leaves: int, bits: int, levels: int) -> Case:
    """A tree of adders."""
    generics = {"INPUTS": leaves, "BITS": bits, "LEVELS_PER_STAGE": levels}
    name = f"tree_{leaves}_{bits}_{levels}"
    instance = Instance(name, "bxnn_adder_tree", generics, {"x": leaves * bits}, {"y": bits})
    registered = Pipelining(tree_levels_per_stage=levels).registered_levels(leaves)
    return instance, TreePaths(registered, adders=(((bits,) * 3,),) * len(registered)).paths(TECHNOLOGY)


def adder_graph(rng: random.Random, name: str, limit_ns: float) -> Case:
    """A drawn matrix as adders, with registers for a limit."""
    weights = np.array([[rng.randint(-31, 31) for _ in range(6)] for _ in range(5)], np.int64)
    linear = LinearMap(weights, np.array([rng.randint(-99, 99) for _ in range(5)], np.int64), weights.size)
    low, high = np.full(6, -32), np.full(6, 31)
    placement = AdderSolver(name, linear, low, high).placements(TECHNOLOGY, limit_ns, None)[0]
    pipeline = placement.pipeline
    paths = adder_paths(pipeline, TECHNOLOGY)
    assert placement.fits and max(from_inputs(paths), between_registers(paths)) <= limit_ns
    return graph_instance(name, pipeline), paths


def graph_instance(name: str, pipeline: AdderPipeline) -> Instance:
    """The entity with the tables of a pipeline."""
    graph, constants = pipeline.graph, adder_constants(pipeline)

    def table(key: str) -> Integers:
        return Integers([int(number) for row, _ in constants[key] for number in row.split(",")])

    codes, bits = constants["constant_codes"], constants["constant_bits"]
    packed = sum(int(code) << (bits * place) for place, code in enumerate(codes))
    out_bits = int((graph.bits[graph.outputs] + graph.output_shifts).max())
    generics = {
        "INPUTS": graph.inputs,
        "IN_BITS": 6,
        "IN_ZEROS": Integers([0] * graph.inputs),
        "OUTPUTS": len(graph.outputs),
        "OUT_BITS": out_bits,
        "STAGES": pipeline.latency_cycles,
        "CONSTANT_BITS": bits,
        "CONSTANTS": Bits(packed, bits * len(codes)),
        "USED_CONSTANTS": int(graph.constants.size),
        "SUMS": graph.sums,
        "VALUES": table("values"),
        "ADDERS": table("adders"),
        "RESULTS": table("results"),
    }
    inputs = {"rst": None, "valid": None, "x": graph.inputs * 6}
    return Instance(name, "bxnn_adder_graph", generics, inputs, {"y_valid": None, "y": out_bits * len(graph.outputs)})


def test_trees(tmp_path: Path) -> None:
    check([tree(8, 15, 1), tree(8, 15, 2), tree(8, 15, 3), tree(4, 24, 2), tree(5, 9, 3)], tmp_path, MOST)


def test_adder_graphs(tmp_path: Path) -> None:
    rng = random.Random(7)
    check(
        [adder_graph(rng, f"graph{number}", limit) for number, limit in enumerate((1.7, 2.4, 2.96, 5.0))],
        tmp_path,
        MOST,
    )


def test_requantizers(tmp_path: Path) -> None:
    rng = random.Random(5)
    drawn = {case[0].name: case for case in (requantizer(rng) for _ in range(8))}
    wrap = [wrapping(mode, dropped) for mode, dropped in (("RND_CONV", 3), ("RND_ZERO", 11), ("RND_MIN_INF", 12))]
    check_clamps([*drawn.values(), *wrap], tmp_path)


@pytest.mark.slow
def test_many_requantizers(tmp_path: Path) -> None:
    rng = random.Random(11)
    drawn = {case[0].name: case for case in (requantizer(rng) for _ in range(40))}
    check_clamps(list(drawn.values()), tmp_path)
