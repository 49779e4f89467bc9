"""384 cells of a calorimeter with their own weights: the recurrent network of examples/lar_energy on few cores."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.lowering import lower_all
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.scheduling import schedule_graph

EXAMPLE = Path(__file__).parents[2] / "examples/lar_energy"
CELLS, CLOCK_MHZ = 384, 320.632
ROWS = ((4, 8), (8, 8), (64, 64), (384, 384))  # cells per core, cycles between the samples of a cell


def cells(count: int) -> list[Graph]:
    """The trained network and others that differ from it by up to a fifth in every weight."""
    trained = load_model(EXAMPLE / "model.h5")
    return [trained, *(trained.mapped(partial(_other, seed=seed)) for seed in range(1, count))]


def _other(layer: Layer, seed: int) -> Layer:
    changed = {part: _near(own, seed) for part, own in layer.constants().items()}
    return layer.with_constants(changed) if changed else layer


def _near(own: FixedTensor | Parameter, seed: int) -> FixedTensor | Parameter:
    factors = np.random.default_rng((seed, own.values.size)).uniform(0.8, 1.2, own.values.shape)
    if isinstance(own, Parameter):
        return replace(own, values=own.values * factors)
    return FixedTensor(np.rint(own.codes * factors).astype(np.int64), own.fraction_bits)


def core(channels: int, interval: int, own: bool) -> Schedule:
    text = f"board: xcvu13p\nclock_mhz: {CLOCK_MHZ}\ninitiation_interval: {interval}\nchannels: {channels}\n"
    config = parse_config(text)
    graphs = cells(channels if own else 1)
    lowered, _ = lower_all(graphs, [f"cell{number}" for number in range(len(graphs))], config)
    assert lowered.sets == len(graphs)
    found = schedule_graph(lowered, config, chosen_board(config))
    assert isinstance(found, Schedule)
    return found


def _figures(schedule: Schedule) -> str:
    assert schedule.cost is not None
    return f"{schedule.latency_cycles} | {schedule.dsp} | {schedule.cost.lut:,}"


def row(channels: int, interval: int) -> str:
    """A line of the README's table."""
    shared, found = core(channels, interval, own=False), core(channels, interval, own=True)
    assert found.cost is not None
    cores, ii = ceil_div(CELLS, channels), found.initiation_interval
    each = f"{_figures(shared)} | {_figures(found)}"
    return f"| {channels} | {interval} | {ii} | {each} | {cores} | {cores * found.dsp:,} | {cores * found.cost.lut:,} |"


@pytest.mark.parametrize(("channels", "interval"), ROWS)
def test_table(channels: int, interval: int) -> None:
    line = row(channels, interval)
    assert line in (EXAMPLE / "README.md").read_text(encoding="utf-8").splitlines(), line
