"""Small model files from end to end: reference, GHDL and g++ agree; every page and message uses the user's names."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bxnn
from bxnn.compiler.errors import ModelError, ScheduleError
from tests.frontend import handmade as hand

FORMAT = 'inputs: {x: "fixed<6,2,RND_CONV,SAT>"}\n'


def config(folder: Path, text: str = "") -> Path:
    (folder / "design.yaml").write_text(
        f"clock_mhz: 320\ninitiation_interval: 5\nname: net\n{FORMAT}{text}", encoding="utf-8"
    )
    return folder / "design.yaml"


def compiled(folder: Path, model: Any, stored: bytes | None = None, text: str = "") -> bxnn.ReportModel:
    architecture, weights = hand.write(folder, model, stored)
    return bxnn.compile(architecture, folder / "b", weights, config(folder, text))


def test_the_firmware_says_which_files_it_was_made_of(tmp_path: Path) -> None:
    report = compiled(tmp_path, hand.sequential(hand.dense("fc1", 2)))
    header = (tmp_path / "b" / "vhdl" / f"{report.name}.vhd").read_text(encoding="utf-8")
    digests = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("m.json", "w.h5")]
    assert re.findall(r"^-- Model: +SHA-256 (\w+)$", header, re.MULTILINE) == digests


def last(class_name: str, activation: str) -> Any:
    """A Dense layer followed by an activation."""
    end = {"class_name": class_name, "config": {"name": "end", "activation": activation}}
    return hand.sequential(hand.dense("fc1", 2), end)


@pytest.mark.parametrize(
    ("class_name", "activation", "left_out"),
    [
        ("Activation", "sigmoid", True),
        ("QActivation", "quantized_sigmoid(6)", False),
        ("QActivation", "quantized_tanh(6)", False),
    ],
)
def test_a_last_activation_is_the_same_everywhere(
    class_name: str, activation: str, left_out: bool, tmp_path: Path
) -> None:
    report = compiled(tmp_path, last(class_name, activation))
    assert bool(report.left_out) == left_out
    simulation = bxnn.simulate(tmp_path / "b", events=20).simulation
    csim = bxnn.csim(tmp_path / "b", events=20).csim
    assert simulation is not None and csim is not None
    assert (simulation.passed, csim.passed) == (True, True)


def test_a_hard_sigmoid_of_floats_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        compiled(tmp_path, last("Activation", "hard_sigmoid"))
    assert str(caught.value) == "end (Activation): activation hard_sigmoid is not supported; use quantized_sigmoid"


def renamed() -> Any:
    return hand.sequential(hand.dense("fc 1", 2), shape=(None, 3))


def renamed_weights(scale: float = 1.0) -> bytes:
    return hand.weights(**{"fc 1__kernel": np.arange(6).reshape(3, 2) / 8 * scale, "fc 1__bias": [0.5, -0.5]})


PORTS = {
    "report.md": [["|", "port", "fc_1", "|"], ["|", "out", "|", "fc_1"], ["|", "fc", "1", "|"]],
    "report.html": [["port", "fc_1", "-", "-"], ["out", "fc_1", "out_valid", "-"], ["fc", "1", "fc_1"]],
}


def test_pages_spell_layers_as_the_user_does(tmp_path: Path) -> None:
    compiled(tmp_path, renamed(), renamed_weights())
    pages = {page: (tmp_path / "b" / page).read_text(encoding="utf-8") for page in ("report.md", "report.html")}
    for page, text in pages.items():
        lines = [line for line in text.splitlines() if "fc_1" in line]
        # The rest are the ports, which have these names in the firmware, and the table of renamed layers.
        assert [re.sub(r"<[^>]*>", " ", line).split()[:4] for line in lines] == PORTS[page]
    assert "| fc 1 | dense |" in pages["report.md"]


def test_scheduler_errors_spell_layers_as_the_user_does(tmp_path: Path) -> None:
    text = 'layers: {"fc 1": {binding: output_serial, cascade: 9, strategy: lut}}\n'
    with pytest.raises(ScheduleError) as caught:
        compiled(tmp_path, renamed(), renamed_weights(), text)
    assert str(caught.value) == "fc 1 (dense): binding applies to strategy dsp; remove one of the two"


def test_a_batchnorm_with_inexact_factors_says_what_to_use(tmp_path: Path) -> None:
    norm = {"class_name": "BatchNormalization", "config": {"name": "bn", "axis": [-1], "epsilon": 0.001}}
    model = hand.sequential(hand.dense("fc1", 2), norm)
    stored = hand.weights(
        fc1__kernel=np.arange(6).reshape(3, 2) / 8,
        fc1__bias=[0.5, -0.5],
        bn__gamma=[1, 1],
        bn__beta=[0, 0],
        bn__moving_mean=[0, 0],
        bn__moving_variance=[1, 1],
    )
    with pytest.raises(ModelError) as caught:
        compiled(tmp_path, model, stored)
    assert str(caught.value) == (
        "bn (BatchNormalization): its factor is not a short binary fraction (needs 24 bits), so folding would change "
        "results; use QBatchNormalization with a power-of-two inverse_quantizer, or for a convolution "
        "QConv2DBatchnorm or QDepthwiseConv2DBatchnorm, or declare its type in design.yaml: layers: {bn: {scale: "
        '"fixed<W,I,RND_CONV,SAT>"}}'
    )


def test_dense_on_particles_streams(tmp_path: Path) -> None:
    model = hand.sequential(hand.dense("fc1", 2), shape=(None, 5, 3))
    report = compiled(tmp_path, model, text="form: streaming\n")
    assert report.stream is not None
    simulation = bxnn.simulate(tmp_path / "b", events=4).simulation
    assert simulation is not None and simulation.passed


def logits_and_softmax() -> Any:
    softmax = {"class_name": "Softmax", "config": {"name": "soft", "axis": -1}}
    layers = [hand.input_layer("x", 5, 3), hand.dense("fc1", 2), softmax]
    return hand.functional(layers, {"fc1": ["x"], "soft": ["fc1"]}, ["fc1", "soft"])


def test_logits_beside_their_softmax(tmp_path: Path) -> None:
    report = compiled(tmp_path, logits_and_softmax())
    assert [port.name for port in report.outputs] == ["fc1", "soft"]


def test_logits_beside_their_softmax_do_not_stream(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError) as caught:
        compiled(tmp_path, logits_and_softmax(), text="form: streaming\n")
    assert str(caught.value) == ("fc1 (conv2d): is both an output and read by other layers; use form: frame_parallel")
