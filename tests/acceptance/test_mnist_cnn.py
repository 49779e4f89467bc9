"""Acceptance: the third-party mnist_cnn as a stream of pixels, from its files to verified firmware."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.acceptance.test_jet_tagger import ROOT, bxnn, report

MODEL = ROOT.parent / "shared/models/mnist_cnn"
DESIGN = """
clock_mhz: 320.632
initiation_interval: {interval}
inputs: {{input_1: "ufixed<8,0,RND_CONV,SAT>"}}
"""

pytestmark = pytest.mark.third_party


def compiled(folder: Path, interval: int) -> Path:
    """The network, compiled into ``folder / "build"``."""
    design, build = folder / "design.yaml", folder / "build"
    design.write_text(DESIGN.format(interval=interval), encoding="utf-8")
    files = MODEL / "qkeras_mnist_cnn.json", "--weights", MODEL / "qkeras_mnist_cnn_weights.h5"
    done = bxnn("compile", *files, "-c", design, "-o", build)
    assert done.returncode == 0, done.stderr
    return build


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


def test_is_the_model_to_the_bit_and_fails_on_one_wrong_bit(tmp_path: Path) -> None:
    build = compiled(tmp_path, 392)
    done = bxnn("simulate", build, "--events", 4, "--simulator", "verilator")
    assert done.returncode == 0, done.stderr
    found = report(build)
    measured, stream = found["simulation"], found["stream"]
    assert (measured["events"], measured["mismatches"], measured["passed"]) == (4, 0, True)
    assert measured["latency_cycles"] == found["latency_cycles"]
    assert measured["latency_from_last_beat_cycles"] == stream["latency_from_last_beat_cycles"]
    assert measured["initiation_interval"] == 392
    # Negative control: one bit of one weight of the first convolution.
    path = next((build / "vhdl").glob("*_tile1_q_conv2d.vhd"))
    text = path.read_text(encoding="utf-8")
    start = text.index("constant WEIGHTS")
    digit = re.compile(r'x"([0-9A-F]+)"').search(text, start)
    assert digit is not None
    place = digit.end(1) - 1
    flipped = format(int(text[place], 16) ^ 1, "X")
    path.write_text(text[:place] + flipped + text[place + 1 :], encoding="utf-8")
    done = bxnn("simulate", build, "--events", 4, "--simulator", "verilator")
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
