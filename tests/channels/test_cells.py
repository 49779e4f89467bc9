"""384 cells of a calorimeter with their own weights: the recurrent network of examples/lar_energy on few cores."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.weight_sets import cells, core_design, simulated
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.lowering import lower_all
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.scheduling import schedule_graph

EXAMPLE = Path(__file__).parents[2] / "examples/lar_energy"
CELLS = 384
ROWS = ((4, 8), (8, 8), (64, 64), (384, 384))  # cells per core, cycles between the samples of a cell


def core(channels: int, interval: int, own: bool) -> Schedule:
    config = core_design(channels, interval)
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


@pytest.mark.slow
def test_a_small_core_is_as_the_page_says(tmp_path: Path) -> None:
    """Two sets, in Verilator and GHDL, event by event against the models by themselves."""
    row = simulated(2, tmp_path / "core", 60, 12)
    assert row.wrong == 0
    page = (EXAMPLE.parents[1] / "docs/weight_sets.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if line.startswith("| 2 | "))
    cells = line.strip("| ").split(" | ")
    figures = [row.sets, row.interval, row.latency_cycles, row.dsp[0], row.lut[0], row.ff[0]]
    assert [cells[place].replace(",", "") for place in (0, 1, 2, 6, 7, 9)] == [str(figure) for figure in figures]
