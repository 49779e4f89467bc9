"""Staircases of drawn sizes against the netlist: no path is longer than predicted, nor the prediction far longer."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.threshold_paths import ThresholdPaths
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.implementation import LayerSettings
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


def staircase(rng: random.Random, name: str, bits: int, steps: int) -> Case:
    """Staircases of a size, falling and rising, each on a lane."""
    signed, out_bits = rng.randint(0, 1), steps.bit_length() + rng.randint(0, 1)
    low = -(1 << (bits - 1)) if signed else 0
    codes = tuple(tuple(sorted(rng.sample(range(low, low + (1 << bits)), steps))) for _ in range(ROWS))
    ends = [rng.choice(((0, 1), (steps, -1))) for _ in range(ROWS)]
    base, step = (tuple(part) for part in zip(*ends, strict=True))
    instance = stairs.thresholds((tuple(range(ROWS)), bits, signed, out_bits, codes, base, step))
    return replace(instance, name=name), ThresholdPaths(bits, steps, ROWS * out_bits).paths(TECHNOLOGY, 1)


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
