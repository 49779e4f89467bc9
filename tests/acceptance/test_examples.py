"""Acceptance: the committed examples, from model file to verified firmware."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.test_jet_tagger import ROOT, bxnn

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("example", "data"), [("jet_tagger", "jets.npz"), ("l1calo_tau", "towers.npz")])
def test_example(tmp_path: Path, example: str, data: str) -> None:
    """0 mismatches, measured = predicted, and not one element differs from QKeras."""
    folder, build = ROOT / "examples" / example, tmp_path / "build"
    done = bxnn("compile", folder / "model.h5", "-c", folder / "design.yaml", "-o", build)
    assert done.returncode == 0, done.stderr
    done = bxnn("simulate", build, "--input", folder / data, "--events", 50)
    assert done.returncode == 0, done.stderr
    found = json.loads((build / "report.json").read_text(encoding="utf-8"))
    measured = found["simulation"]
    assert (measured["events"], measured["mismatches"]) == (50, 0)
    assert measured["latency_cycles"] == found["latency_cycles"]
    assert found["float_comparison"]["elements_differing"] == 0
