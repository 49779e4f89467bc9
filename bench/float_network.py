"""A float network through ``bxnn calibrate`` and ``bxnn compile``: what it costs, takes and answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import bxnn
from bench.process import run

Reals = NDArray[np.float64]
NONE: Mapping[str, int] = {}
DESIGN = "initiation_interval: 8\nstrategy: dsp\n"


@dataclass(frozen=True, eq=False)
class Firmware:
    """What came of a calibration.

    Attributes:
        outputs: Of the firmware, bit for bit.
        dsp: Predicted DSP slices.
        lut: Predicted LUTs.
        cycles: Predicted latency.
        seconds: Processor time of ``bxnn calibrate``, which does not depend on what else the machine does.
        peak_mb: Its largest resident set, in 10**6 bytes.
    """

    outputs: Reals
    dsp: int
    lut: int
    cycles: int
    seconds: float
    peak_mb: float


def firmware(
    model: Path,
    events: Path,
    x: Reals,
    folder: Path,
    options: Mapping[str, object],
    budget: Mapping[str, int] = NONE,
    scheduled: str = DESIGN,
) -> Firmware:
    """Calibrate, compile and predict.

    Args:
        model: The float model.
        events: Events of the calibration.
        x: What the firmware is to answer.
        folder: An empty folder for the files.
        options: Options of ``bxnn calibrate``.
        budget: Limits by name, for ``bxnn calibrate`` and for ``bxnn compile``.
        scheduled: The design.yaml without formats.

    Raises:
        SystemExit: If a calibration fails.
    """
    folder.mkdir()
    design, formats = folder / "design.yaml", folder / "formats.yaml"
    design.write_text(scheduled)
    command = [sys.executable, "-m", "bxnn", "calibrate", str(model), "--events", str(events), "-c", str(design)]
    limits = ",".join(f"{name}={limit}" for name, limit in budget.items())
    options = {**options, **({"--budget": limits} if budget else {})}
    done = run([*command, "-o", str(formats), *(str(part) for option in options.items() for part in option)], 1800)
    if done.returncode:
        raise SystemExit(f"bxnn calibrate {options}: {done.complaint}")
    design.write_text(f"{scheduled}formats: formats.yaml\nbudget: {dict(budget)}\n")
    report = bxnn.compile(model, folder / "build", config=design)
    assert report.predicted is not None
    found = np.asarray(bxnn.predict(folder / "build", x), np.float64)
    cycles = report.latency_cycles
    return Firmware(found, report.dsp, report.predicted.lut, cycles, done.cpu_seconds, done.peak_rss_mb)


def paired(found: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[float, float]:
    """The difference of two fractions of the same events in percent, and its statistical error."""
    differences = found.astype(np.float64) - other
    return 100 * float(differences.mean()), 100 * float(differences.std() / np.sqrt(differences.size))
