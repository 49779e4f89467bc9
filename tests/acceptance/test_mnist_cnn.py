"""Acceptance: the third-party mnist_cnn as a stream of pixels, from its files to verified firmware."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import h5py
import pytest

from tests.acceptance.test_jet_tagger import ROOT, bxnn, report

MODEL = ROOT.parent / "shared/models/mnist_cnn"
WEIGHTS = MODEL / "qkeras_mnist_cnn_weights.h5"
DESIGN = """
clock_mhz: 320.632
initiation_interval: {interval}
inputs: {{input_1: "ufixed<8,0,RND_CONV,SAT>"}}
"""

pytestmark = pytest.mark.third_party


def compiled(folder: Path, interval: int, weights: Path = WEIGHTS) -> Path:
    """The network, compiled into ``folder / "build"``."""
    design, build = folder / "design.yaml", folder / "build"
    design.write_text(DESIGN.format(interval=interval), encoding="utf-8")
    files = MODEL / "qkeras_mnist_cnn.json", "--weights", weights
    done = bxnn("compile", *files, "-c", design, "-o", build)
    assert done.returncode == 0, done.stderr
    return build


def with_another_bit(folder: Path) -> Path:
    """Weights that differ in the lowest bit of one weight of the first convolution: of six bits, five a fraction."""
    weights = Path(shutil.copy(WEIGHTS, folder))
    with h5py.File(weights, "r+") as file:
        kernel = file["q_conv2d/q_conv2d/kernel:0"]
        values = kernel[...]
        values.flat[0] = (round(32 * float(values.flat[0])) ^ 1) / 32
        kernel[...] = values
    return weights


@pytest.mark.parametrize(("interval", "pixels", "dsp"), [(784, 1, 650), (392, 2, 1250)])
def test_meets_the_numbers(interval: int, pixels: int, dsp: int, tmp_path: Path) -> None:
    found = report(compiled(tmp_path, interval))
    stream = found["stream"]
    assert (stream["pixels_per_cycle"], stream["beats"]) == (pixels, 784 // pixels)
    assert found["dsp"] <= dsp
    assert stream["latency_from_last_beat_cycles"] <= 150
    assert found["latency_cycles"] == stream["latency_from_last_beat_cycles"] + stream["beats"] - 1
    convolutions = [layer for layer in found["layers"] if layer["kind"] == "conv2d" and layer["dsp"] > 100]
    assert all(layer["macs"] / (layer["dsp"] * interval) >= 0.85 for layer in convolutions)


@pytest.mark.parametrize("interval", [784, pytest.param(392, marks=pytest.mark.nightly)])
def test_is_the_model_to_the_bit_and_fails_on_one_wrong_bit(interval: int, tmp_path: Path) -> None:
    build = compiled(tmp_path, interval)
    done = bxnn("simulate", build, "--events", 4, "--simulator", "verilator")
    assert done.returncode == 0, done.stderr
    found = report(build)
    measured, stream = found["simulation"], found["stream"]
    assert (measured["events"], measured["mismatches"], measured["passed"]) == (4, 0, True)
    assert measured["latency_cycles"] == found["latency_cycles"]
    assert measured["latency_from_last_beat_cycles"] == stream["latency_from_last_beat_cycles"]
    assert measured["initiation_interval"] == interval
    # Negative control: the same firmware, already compiled, is one bit off a model with one other bit in one weight.
    (other := tmp_path / "other").mkdir()
    changed = compiled(other, interval, with_another_bit(other))
    shutil.rmtree(changed / "vhdl")
    for part in ("vhdl", ".bxnn"):
        shutil.copytree(build / part, changed / part)
    done = bxnn("simulate", changed, "--events", 4, "--simulator", "verilator")
    assert done.returncode == 1
    assert "q_conv2d" in done.stderr or "max_pooling2d" in done.stderr, done.stderr


def test_a_frame_that_no_board_can_take_at_once_is_refused_at_once(tmp_path: Path) -> None:
    """This once took 15 minutes: all forms of both convolutions were built first."""
    design = tmp_path / "design.yaml"
    design.write_text(DESIGN.format(interval=8) + "form: frame_parallel\n", encoding="utf-8")
    files = MODEL / "qkeras_mnist_cnn.json", "--weights", MODEL / "qkeras_mnist_cnn_weights.h5"
    started = time.monotonic()
    done = bxnn("compile", *files, "-c", design, "-o", tmp_path / "build")
    assert time.monotonic() - started < 20, "about 2 s on an idle machine"
    assert (done.returncode, done.stderr) == (
        1,
        "qkeras_mnist_cnn at initiation_interval 8: every design needs at least 18503 DSPs, but board xcvu9p has 6840; "
        "use a larger initiation_interval, form: streaming, a larger board or a smaller network\n",
    )
    assert not (tmp_path / "build").exists()
