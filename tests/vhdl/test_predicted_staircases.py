"""Staircases of drawn sizes against the netlist: no path is longer than predicted, nor the prediction far longer."""

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.threshold_paths import ThresholdPaths
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.layers.dense import Dense
from bxnn.layers.threshold import Threshold
from bxnn.sim import synthesis_script
from bxnn.sim.synthesis import synthesize
from tests.layers.firmware import schedule, write
from tests.timing.netlist import worst
from tests.vhdl import test_channel_thresholds as stairs
from tests.vhdl.harness import seed_for
from tests.vhdl.test_predicted_networks import CLOCK
from tests.vhdl.test_predicted_parts import ratios
from tests.vhdl.test_predicted_paths import MOST, TECHNOLOGY, Case

ROWS = 8  # contents of every size: the slowest of them is what is predicted


def staircase(rng: random.Random, name: str, bits: int, steps: int, registered: bool = False) -> Case:
    """Staircases of a size, falling and rising, each on a lane; with a register for every comparison or without."""
    signed, out_bits = rng.randint(0, 1), steps.bit_length() + rng.randint(0, 1)
    low = -(1 << (bits - 1)) if signed else 0
    codes = tuple(tuple(sorted(rng.sample(range(low, low + (1 << bits)), steps))) for _ in range(ROWS))
    ends = [rng.choice(((0, 1), (steps, -1))) for _ in range(ROWS)]
    base, step = (tuple(part) for part in zip(*ends, strict=True))
    shape = tuple(range(ROWS)), bits, signed, out_bits, codes, base, step
    told = ThresholdPaths(bits, steps, ROWS * out_bits, out_bits, 2 * out_bits if registered else None)
    return replace(stairs.thresholds(shape, registered), name=name), told.paths(TECHNOLOGY, 1)


def drawn(rng: random.Random, count: int) -> list[Case]:
    """Staircases of 1 to 31 steps on codes of 4 to 20 bits."""
    found = []
    for number in range(count):
        bits = rng.randint(4, 20)
        found.append(staircase(rng, f"stair{number}", bits, rng.randint(1, min(31, (1 << bits) - 1))))
    return found


@pytest.mark.parametrize("count", [5, pytest.param(40, marks=pytest.mark.nightly)])
def test_drawn_staircases(count: int, tmp_path: Path) -> None:
    shares = ratios(drawn(random.Random(seed_for(f"staircases {count}")), count), tmp_path)
    assert max(shares.values()) <= MOST, shares


def drawn_with_registers(rng: random.Random, count: int, most: int) -> list[Case]:
    """Staircases of 2 to ``most`` steps on codes of 4 to 20 bits, small numbers of steps as often as large ones."""
    found = []
    for number in range(count):
        bits, doublings = rng.randint(4, 20), rng.uniform(1.0, math.log2(most))
        found.append(staircase(rng, f"stair{number}", bits, min(round(2**doublings), (1 << bits) - 1), True))
    return found


@pytest.mark.parametrize(("count", "most"), [(5, 31), pytest.param(40, 255, marks=pytest.mark.nightly)])
def test_drawn_staircases_with_registers(count: int, most: int, tmp_path: Path) -> None:
    """A register for every comparison: into it, and from it to the result."""
    shares = ratios(drawn_with_registers(random.Random(seed_for(f"registered {count}")), count, most), tmp_path)
    assert max(shares.values()) <= MOST, shares


def of_inputs(rng: random.Random, name: str, steps: int, channels: int) -> tuple[Input, Threshold]:
    """Thresholds anywhere in the range of inputs of 8 to 16 bits."""
    number = FixedFormat(True, rng.randint(7, 15), 0)
    codes = [sorted(rng.sample(range(number.low + 1, number.high + 1), steps)) for _ in range(channels)]
    base, step = (FixedTensor(np.full(channels, value), 0) for value in (0, 1))
    source = Input(f"x_{name}", (), (channels,), FixedQuantizer(number, Rounding.RND, Overflow.SAT))
    result = FixedFormat(False, steps.bit_length(), 0)
    return source, Threshold(name, (source.name,), FixedTensor(np.array(codes), 0), base, step, result)


def test_many_thresholds_close(tmp_path: Path) -> None:
    """At 320.632 MHz on the default device, pessimistic: a few dozen and up to 255, on values of 8 to 16 bits."""
    rng = random.Random(seed_for("many thresholds"))
    few, many = of_inputs(rng, "few", rng.randint(15, 63), 3), of_inputs(rng, "many", rng.randint(127, 255), 1)
    graph = Graph("net", (few[0], many[0], few[1], many[1]), ("few", "many"))
    keys = "clock_mhz: 320.632\ninitiation_interval: 1\ntiming: {estimate: pessimistic}\n"
    chosen = schedule_graph(graph, parse_config(keys), load_board("xcvu9p"))
    assert isinstance(chosen, Schedule)
    told = {path.kind: path.pessimistic.ns for path in network_timing(chosen.graph, chosen, CLOCK).paths}
    assert chosen.step("many").binding.latency_cycles == 2
    files = [tmp_path / "vhdl" / file for file in write(graph, chosen, tmp_path).files]
    synthesize(files, "net", tmp_path)
    module = json.loads((tmp_path / "netlist.json").read_text(encoding="utf-8"))["modules"]["net"]
    measured = {kind: path.ns for kind, path in worst(module, "pessimistic").items()}
    assert all(ns <= min(told[kind] + 1e-9, CLOCK.limit_ns) for kind, ns in measured.items()), (told, measured)


def after_sums(steps: int) -> Graph:
    """Sums of an adder graph with three adders in a row, each with its own thresholds."""
    rng = np.random.default_rng(seed_for("after sums"))
    quantizer = FixedQuantizer(FixedFormat(True, 2, 4), Rounding.RND, Overflow.SAT)
    codes = rng.integers(-15, 16, (12, 8))
    reach = 32 * np.abs(codes).sum(axis=0) // 2
    thresholds = np.sort(rng.integers(-reach[:, np.newaxis], reach[:, np.newaxis], (8, steps)), axis=1)
    sums = Dense("d", ("x",), FixedTensor(codes, 3), None)
    base, step = (FixedTensor(np.full(8, value), 0) for value in (0, 1))
    result = FixedFormat(False, 4, 0)
    source = Input("x", (), (12,), quantizer)
    return Graph("net", (source, sums, Threshold("y", ("d",), FixedTensor(thresholds, 7), base, step, result)), ("y",))


def test_a_staircase_beside_slower_logic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is mapped by itself: with the adders, synthesis would make its paths longer to save LUTs."""
    graph = after_sums(15)
    chosen = schedule(graph, 4, {"d": LayerSettings(strategy="lut")})
    files = [tmp_path / "vhdl" / file for file in write(graph, chosen, tmp_path).files]
    told = {path.kind: path.pessimistic.ns for path in network_timing(chosen.graph, chosen, CLOCK).paths}

    def measured(folder: Path) -> dict[PathClass, float]:
        synthesize(files, "net", folder)
        module = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))["modules"]["net"]
        return {kind: path.ns for kind, path in worst(module, "pessimistic").items()}

    apart = measured(tmp_path / "apart")
    assert all(ns <= told[kind] + 1e-9 for kind, ns in apart.items()), (told, apart)
    monkeypatch.setattr(synthesis_script, "_BY_ITSELF", "bxnn_replica*")
    assert measured(tmp_path / "beside")[PathClass.DATA] > 1.1 * apart[PathClass.DATA]
