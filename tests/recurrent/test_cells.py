"""examples/lar_energy/cells.vhd: samples of several cells in turn, against windows by hand and the reference."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

import bxnn
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.sim.reference import Reference
from examples.lar_energy.joined import HISTORY_FF, HISTORY_LUT
from tests.vhdl.harness import Instance, play, seed_for

EXAMPLE = Path(__file__).parents[2] / "examples/lar_energy"
CYCLES, CELLS, SAMPLES = 500, 4, 5
TOP = Instance(
    "cells",
    "lar_energy_cells",
    {"CELLS": CELLS},
    {"rst": None, "in_valid": None, "in_gap": None, "in_cell": 2, "in_sample": 12},
    {"out_valid": None, "out_filling": None, "out_cell": 2, "out_energy": 17},
)


def built(folder: Path) -> tuple[bxnn.ReportModel, list[Path]]:
    """The report of the core, and the sources beside the library."""
    report = bxnn.compile(EXAMPLE / "model.h5", folder / "b", None, EXAMPLE / "design.yaml")
    listed = (folder / "b/vhdl/files.txt").read_text().split()
    own = [folder / "b/vhdl" / name for name in listed if not name.startswith("lib/")]
    return report, [*own, EXAMPLE / "cells.vhd"]


def events(rng: random.Random) -> list[tuple[int, int, int, int]]:
    """Cycle, cell, gap and sample; at least 2 cycles apart."""
    found, cycle = [], 3
    while cycle < CYCLES - 60:
        found.append((cycle, rng.randrange(CELLS), int(rng.random() < 0.05), rng.randrange(-2048, 2048)))
        cycle += 2 + (rng.random() < 0.2) * rng.randrange(5)
    return found


def test_energies_of_cells(tmp_path: Path) -> None:
    report, sources = built(tmp_path)
    assert report.predicted is not None  # the README's prediction of examples.lar_energy.joined
    told = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"| DSP | {report.dsp} | {report.dsp} |\n| LUT | {report.predicted.lut + HISTORY_LUT:,} | " in told
    assert f"| FF | {report.predicted.ff + HISTORY_FF:,} | " in told
    given = events(random.Random(seed_for("cells")))
    stimulus = {TOP.port(name): [0] * CYCLES for name in TOP.inputs}
    stimulus[TOP.port("rst")][:2] = [1, 1]
    seen: dict[int, list[int]] = {}
    windows, filling = [], []
    for cycle, cell, gap, sample in given:
        for name, value in (("in_valid", 1), ("in_gap", gap), ("in_cell", cell), ("in_sample", sample)):
            stimulus[TOP.port(name)][cycle] = value % 4096
        seen[cell] = [*([] if gap else seen.get(cell, [])), sample][-SAMPLES:]
        windows.append([0] * (SAMPLES - len(seen[cell])) + seen[cell])
        filling.append(int(len(seen[cell]) < SAMPLES))
    config = parse_config((EXAMPLE / "design.yaml").read_text())
    reference = Reference(lower(load_model(EXAMPLE / "model.h5"), config))
    energies = reference.output_codes({"samples": np.array(windows)[..., np.newaxis]})["energy"][:, 0].astype(int)
    recording = play(tmp_path / "sim", [TOP], stimulus, CYCLES, sources)
    out = [cycle + 1 + report.latency_cycles for cycle, *_ in given]
    recording.check(TOP, "out_valid", {cycle: int(cycle in out) for cycle in range(5, CYCLES)})
    recording.check(TOP, "out_energy", dict(zip(out, energies.tolist(), strict=True)))
    recording.check(TOP, "out_filling", dict(zip(out, filling, strict=True)))
    recording.check(TOP, "out_cell", dict(zip(out, [cell for _, cell, *_ in given], strict=True)))
    assert 0 < sum(filling) < len(filling)
