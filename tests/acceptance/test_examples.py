"""Acceptance: the committed examples, from model file to verified firmware."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_jet_tagger import ROOT, bxnn

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("example", "data"), [("jet_tagger", "jets.npz"), ("l1calo_tau", "towers.npz"), ("lar_energy", "windows.npz")]
)
def test_example(tmp_path: Path, example: str, data: str) -> None:
    """0 mismatches, measured = predicted, and not one element differs from QKeras."""
    check(ROOT / "examples" / example, "model.h5", "design.yaml", data, tmp_path / "build")


@pytest.mark.parametrize(
    ("model", "config", "cycles", "dsp"),
    [("model.h5", "design.yaml", 35, 156), ("autoencoder.h5", "autoencoder.yaml", 48, 111)],
)
def test_anomaly(tmp_path: Path, model: str, config: str, cycles: int, dsp: int) -> None:
    """The same, and the figures of its README."""
    found = check(ROOT / "examples/anomaly", model, config, "events.npz", tmp_path / "build")
    assert (found["latency_cycles"], found["dsp"]) == (cycles, dsp)


def check(folder: Path, model: str, config: str, data: str, build: Path) -> dict[str, Any]:
    """The report of an example that was compiled, simulated and compared."""
    done = bxnn("compile", folder / model, "-c", folder / config, "-o", build)
    assert done.returncode == 0, done.stderr
    done = bxnn("simulate", build, "--input", folder / data, "--events", 50)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((build / "report.json").read_text(encoding="utf-8"))
    measured = found["simulation"]
    assert (measured["events"], measured["mismatches"]) == (50, 0)
    assert measured["latency_cycles"] == found["latency_cycles"]
    assert found["float_comparison"]["elements_differing"] == 0
    return found
