"""Acceptance: a large network compiles, verifies its slot tables and simulates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import big_network
from tests.acceptance.test_jet_tagger import bxnn

pytestmark = pytest.mark.slow


def test_165_000_weights_at_ii_32(tmp_path: Path) -> None:
    """16-200-200-200-200-200-5: 0 mismatches, latency and II as predicted."""
    files = big_network.write(tmp_path, 20190328)
    design = Path(big_network.__file__).parent / "designs/big_network.yaml"
    build = tmp_path / "build"
    done = bxnn("compile", files.architecture, "--weights", files.weights, "-c", design, "-o", build)
    assert done.returncode == 0, done.stderr
    done = bxnn("simulate", build, "--events", 2)
    assert done.returncode == 0, done.stderr
    found = json.loads((build / "report.json").read_text(encoding="utf-8"))
    assert found["macs"] == 164_200
    assert found["simulation"]["mismatches"] == 0
    assert found["simulation"]["latency_cycles"] == found["latency_cycles"]
