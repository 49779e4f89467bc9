"""The sliding window of a liquid-argon calorimeter (examples/lar_energy): latency, and channels per device."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.sim.reference import Reference

EXAMPLE = Path(__file__).parents[2] / "examples/lar_energy"
CLOCK_MHZ, CLOCKS_PER_BX, SHARE = 320.632, 8, 2  # of a device, a half is for these cores
DEVICES = ("xcvu9p", "xcvu13p", "xcvu37p")
FORMS = {"DSP": (2, "budget: {latency_ns: 125}"), "adder graphs": (1, "strategy: lut")}


def core(device: str, interval: int, choice: str) -> Schedule:
    text = f"board: {device}\nclock_mhz: {CLOCK_MHZ}\ninitiation_interval: {interval}\ntag_bits: 10\n{choice}\n"
    config = parse_config(text)
    found = schedule_graph(lower(load_model(EXAMPLE / "model.h5"), config), config, chosen_board(config))
    assert isinstance(found, Schedule)
    return found


def row(device: str, form: str) -> str:
    """A line of the README's table."""
    interval, choice = FORMS[form]
    found, board = (
        core(device, interval, choice),
        chosen_board(parse_config(f"board: {device}\ninitiation_interval: 1")),
    )
    assert found.cost is not None
    limits = [(board.lut, found.cost.lut), (board.dsp, found.dsp)]
    cores = min(int(Fraction(have, SHARE * need)) for have, need in limits if need)
    each = CLOCKS_PER_BX // interval
    nanoseconds = 1000 * found.latency_cycles / CLOCK_MHZ
    figures = f"{found.latency_cycles} ({nanoseconds:.1f} ns) | {found.dsp} | {found.cost.lut:,}"
    return f"| {device} | {form}, II = {interval} | {figures} | {each} | {cores} | {cores * each:,} |"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("device", DEVICES)
def test_table(device: str, form: str) -> None:
    line = row(device, form)
    assert line in (EXAMPLE / "README.md").read_text(encoding="utf-8").splitlines(), line


def test_384_cells() -> None:
    found, lut = core("xcvu9p", 1, "strategy: lut"), chosen_board(parse_config("initiation_interval: 1")).lut
    assert found.cost is not None and found.dsp == 0 and lut is not None
    cores = ceil_div(384, CLOCKS_PER_BX)
    told = f"take {cores} cores of adder graphs: {cores * found.cost.lut:,} LUTs and no DSP, "
    told += f"{100 * cores * found.cost.lut / lut:.0f} % of an xcvu9p."
    assert f"The 384 cells of a board, all with the same weights, {told}" in (EXAMPLE / "README.md").read_text(
        encoding="utf-8"
    )


def test_125_ns_at_ii_8() -> None:
    """The published network takes 89 parameters; its window is done within 5 bunch crossings."""
    found = core("xcvu9p", 8, "budget: {latency_ns: 125}")
    assert (found.latency_cycles, found.dsp) == (40, 120)
    assert 1000 * found.latency_cycles / CLOCK_MHZ <= 125


def test_resolution() -> None:
    """The README's rms error, within the statistics of 2,000 windows, from the integers of the firmware."""
    config = parse_config((EXAMPLE / "design.yaml").read_text(encoding="utf-8"))
    reference = Reference(lower(load_model(EXAMPLE / "model.h5"), config))
    with np.load(EXAMPLE / "windows.npz") as stored:
        x, energy = stored["x"], stored["energy"]
    (found,) = reference.predict({"samples": x}).values()
    assert 0.10 < np.sqrt(np.mean((found[:, 0] - energy) ** 2)) < 0.13
