"""Decisions of a float model that its firmware keeps, by width, and after a search at the cost of four bits.

    python -m bench.calibration

On examples/own_model; every fourth jet is left out of the calibration and judged. Prints one row per run.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import bxnn

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "examples/own_model/model.keras"
JETS = ROOT / "examples/jet_tagger/jets.npz"
DESIGN = {"initiation_interval": 8, "strategy": "dsp"}
WIDTHS = (8, 6, 5, 4)


def row(name: str, formats: bxnn.Formats, seconds: float, report: bxnn.ReportModel) -> str:
    """One line of the table."""
    facts = formats.measured
    assert facts.agreement is not None and facts.accuracy is not None and facts.accuracy_float is not None
    lost = 100 * (facts.accuracy_float.value - facts.accuracy.value)
    kept = f"{100 * facts.agreement.value:6.2f} +- {100 * facts.agreement.error:.2f} %"
    cost = f"{report.dsp:5d} {report.predicted.lut if report.predicted else 0:6d}"
    return f"{name:24} {kept} {facts.rms_error:7.4f} {lost:6.2f} {cost} {seconds:6.1f} s"


def main() -> None:
    """Run everything."""
    with np.load(JETS, allow_pickle=False) as data:
        x, y = data["x"], data["y"]
    print(f"{'':24} {'decisions kept':18} {'rms':>7} {'lost %':>6} {'DSP':>5} {'LUT':>6}")
    with TemporaryDirectory() as folder:
        budget: dict[str, float] = {}
        for bits in WIDTHS:
            began = time.perf_counter()
            formats = bxnn.calibrate(MODEL, x, y, bits=bits, config=DESIGN)
            seconds = time.perf_counter() - began
            report = bxnn.compile(MODEL, Path(folder) / str(bits), config=DESIGN, formats=formats)
            print(row(f"{bits} bits", formats, seconds, report), flush=True)
            budget = {"dsp": report.dsp, "lut": report.predicted.lut if report.predicted else 0}
        began = time.perf_counter()
        formats = bxnn.calibrate(MODEL, x, y, budget=budget, config=DESIGN)
        seconds = time.perf_counter() - began
        report = bxnn.compile(MODEL, Path(folder) / "search", config={**DESIGN, "budget": budget}, formats=formats)
        print(row("search, cost of 4 bits", formats, seconds, report))


if __name__ == "__main__":
    main()
