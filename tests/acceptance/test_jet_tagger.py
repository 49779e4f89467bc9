"""Acceptance: the third-party jet tagger, from its files to verified firmware, through the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.limits import MAX_FANOUT
from tests.schedule.test_valid_copies import loads_of_control

ROOT = Path(__file__).resolve().parents[2]
TAGGER = ROOT.parent / "shared/models/jet_tagger"
DESIGN = """
board: xcvu9p
clock_mhz: 320.632
initiation_interval: 8
inputs: {fc1_input: "TYPE"}
"""
# Accuracies of QKeras itself on inputs of these types: rounding and saturation are part of the type.
ROUNDED = "fixed<8,4,RND_CONV,SAT>"
ACCURACY = {ROUNDED: 0.778, "fixed<8,4>": 0.772}

pytestmark = pytest.mark.third_party


def bxnn(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a separate process."""
    script = "from bxnn.compiler.cli import main; main()"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1500)


def compiled(folder: Path, input_type: str) -> Path:
    """The tagger, compiled into ``folder / "build"``."""
    design, build = folder / "design.yaml", folder / "build"
    design.write_text(DESIGN.replace("TYPE", input_type), encoding="utf-8")
    files = TAGGER / "qkeras_3layer.json", "--weights", TAGGER / "qkeras_3layer_weights.h5"
    done = bxnn("compile", *files, "-c", design, "-o", build)
    assert done.returncode == 0, done.stderr
    return build


def report(build: Path) -> dict[str, Any]:
    """The build's report.json."""
    found: dict[str, Any] = json.loads((build / "report.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tagger with the inputs specified in the issue."""
    return compiled(tmp_path_factory.mktemp("tagger"), ROUNDED)


def test_meets_the_numbers_and_the_prediction_on_1000_jets(build: Path) -> None:
    done = bxnn("simulate", build, "--input", TAGGER / "jets.npz", "--events", 1000, "--simulator", "verilator")
    assert done.returncode == 0, done.stderr
    found = report(build)
    assert found["dsp"] <= 544
    assert found["latency_cycles"] <= 56
    assert found["dsp_efficiency"] >= 0.97
    measured = found["simulation"]
    assert measured["passed"] is True
    assert (measured["events"], measured["mismatches"], measured["spurious"]) == (1000, 0, 0)
    assert measured["received"] == measured["events"] + measured["directed_events"]
    assert measured["latency_cycles"] == found["latency_cycles"]
    assert measured["initiation_interval"] == found["initiation_interval"] == 8
    compared = found["float_comparison"]
    assert (compared["events"], compared["elements_differing"]) == (1000, 0)
    assert compared["accuracy"] == compared["accuracy_model"] == 0.778


def test_synthesis_finds_the_predicted_dsps(build: Path) -> None:
    done = bxnn("synthesize", build)
    assert done.returncode == 0, done.stderr
    found = report(build)
    assert found["resources"]["dsp"] == found["dsp"]
    worst = max(path["pessimistic_ns"] for path in found["timing"]["measured"])
    lut, ff, dsp = (f"{found['resources'][key]:,}" for key in ("lut", "ff", "dsp"))
    line = f"| {dsp} DSP, {lut} LUT, {ff} FF, {found['latency_cycles']} cycles (99.8 ns), slowest path of the netlist "
    assert f"{line}{worst:.2f} ns of 2.96 |" in (ROOT / "README.md").read_text(encoding="utf-8")
    control = loads_of_control(next(build.rglob("netlist.json")), "qkeras_3layer")
    assert max(control.values()) <= MAX_FANOUT


@pytest.mark.parametrize(("input_type", "accuracy"), ACCURACY.items())
def test_predicts_with_the_accuracy_of_the_model(build: Path, tmp_path: Path, input_type: str, accuracy: float) -> None:
    tagger = build if input_type == ROUNDED else compiled(tmp_path, input_type)
    jets = np.load(TAGGER / "jets.npz")
    np.save(tmp_path / "x.npy", jets["x"])
    done = bxnn("predict", tagger, "--input", tmp_path / "x.npy", "--output", tmp_path / "y.npy")
    assert done.returncode == 0, done.stderr
    scores = np.load(tmp_path / "y.npy")
    assert scores.dtype == np.float64
    assert float((scores.argmax(axis=1) == jets["y"]).mean()) == accuracy


def test_a_flipped_weight_bit_in_the_vhdl_fails_and_names_the_layer(build: Path, tmp_path: Path) -> None:
    tagger = shutil.copytree(build, tmp_path / "build", symlinks=True)
    path = tagger / "vhdl/qkeras_3layer_output.vhd"
    text = path.read_text(encoding="utf-8")
    row = re.search(r'-- (?:position 0, )?phase 0\n.*?x"([0-9A-F]+)"', text, re.DOTALL)
    assert row is not None
    sign_of_first_weight = f"{int(row[1][-2:], 16) ^ 0x20:02X}"
    path.write_text(text[: row.end(1) - 2] + sign_of_first_weight + text[row.end(1) :], encoding="utf-8")
    done = bxnn("simulate", tagger, "--input", TAGGER / "jets.npz", "--events", 100)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert re.match(r"qkeras_3layer: output.*; first wrong layer: output, element \d+", said), done.stderr
    measured = report(tagger)["simulation"]
    assert (measured["passed"], measured["first_wrong_layer"]["layer"]) == (False, "output")
    assert 0 < measured["mismatches"] <= measured["events"] + measured["directed_events"]
    assert 'name="first_wrong_layer.layer" value="output"' in (tagger / "sim/ghdl/results.xml").read_text()
