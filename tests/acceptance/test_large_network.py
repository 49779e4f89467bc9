"""Acceptance: a large network compiles and verifies its slot tables, and one of its kind simulates.

`python -m bench.run` simulates the large one as well.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import big_network
from tests.acceptance.test_jet_tagger import bxnn

pytestmark = pytest.mark.slow

DESIGN = Path(big_network.__file__).parent / "designs/big_network.yaml"


def compiled(folder: Path, widths: Sequence[int]) -> Path:
    """The build of a network with these widths at II = 32."""
    files = big_network.write(folder, 20190328, widths)
    build = folder / "build"
    done = bxnn("compile", files.architecture, "--weights", files.weights, "-c", DESIGN, "-o", build)
    assert done.returncode == 0, done.stderr
    return build


def report_of(build: Path) -> Any:
    return json.loads((build / "report.json").read_text(encoding="utf-8"))


def test_165_000_weights_at_ii_32(tmp_path: Path) -> None:
    """16-200-200-200-200-200-5."""
    assert report_of(compiled(tmp_path, big_network.WIDTHS))["macs"] == 164_200


def test_simulated(tmp_path: Path) -> None:
    """The same layers with a twentieth of the weights: 0 mismatches, latency as predicted."""
    build = compiled(tmp_path, (16, 43, 43, 43, 43, 43, 5))
    done = bxnn("simulate", build, "--events", 2)
    assert done.returncode == 0, done.stderr
    found = report_of(build)
    assert found["macs"] == 8299
    assert found["simulation"]["mismatches"] == 0
    assert found["simulation"]["latency_cycles"] == found["latency_cycles"]
