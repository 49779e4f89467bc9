"""What happens without the packages, and if TensorFlow cannot run a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import h5py
import numpy as np
import pytest

from bxnn.compiler.errors import ToolError
from bxnn.sim import float_model, framework_run
from bxnn.sim.float_file import ModelFile
from bxnn.sim.float_model import compare, missing
from bxnn.sim.live_comparison import compared
from bxnn.sim.toolchain import Tool
from tests.float_model.test_comparison import VALUES, network

LAYER = {"class_name": "Dense", "config": {"name": "y", "units": 3, "activation": "linear"}}


def _write(folder: Path, *layers: dict[str, Any]) -> tuple[Path, Path]:
    """A description of a Sequential model with an empty weights file."""
    path, weights = folder / "model.json", folder / "w.h5"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"layers": layers}, "keras_version": "2.1"}))
    with h5py.File(weights, "w") as file:
        file.attrs["layer_names"] = []
    return path, weights


def test_nothing_is_missing_in_the_tests() -> None:
    assert missing() is None


def test_without_tensorflow_there_is_no_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(float_model, "tool", lambda name: Tool(name, "", "", None, None))
    assert missing() == 'tensorflow, qkeras not installed; install with: pip install "bxnn[keras]"'
    assert compare(tmp_path / "m.h5", None, network(), VALUES, None, tmp_path / "work") is None
    assert not (tmp_path / "work").exists()


def test_without_the_qkeras_of_keras_3_there_is_no_comparison(tmp_path: Path) -> None:
    layer = {"class_name": "QDense", "config": {"name": "y", "batch_shape": [None, 2]}}
    model, weights = _write(tmp_path, layer)
    model.write_text(model.read_text().replace('"2.1"', '"3.1"'))
    assert compare(model, weights, network(), VALUES, None, tmp_path) is None
    assert json.loads((tmp_path / "result.json").read_text()) == {"missing": "qkeras-v3 is not installed"}


def test_without_hgq_there_is_no_comparison(tmp_path: Path) -> None:
    config = {"name": "y", "batch_shape": [None, 2]}
    layer = {
        "class_name": "QDense",
        "module": "hgq.layers.core.dense",
        "registered_name": "hgq>QDense",
        "config": config,
    }
    model, weights = _write(tmp_path, layer)
    assert missing(hgq=True) == 'hgq2 not installed; install with: pip install "bxnn[hgq]"'
    assert compare(model, weights, network(), VALUES, None, tmp_path / "work") is None
    assert not (tmp_path / "work").exists()


def test_a_live_comparison_says_what_is_missing(tmp_path: Path) -> None:
    """The packages of the model's own kind: asking for those of QKeras would break an environment of HGQ2."""
    config = {"layers": [{"class_name": "QDense", "module": "hgq.layers", "config": {"name": "y"}}]}
    path = tmp_path / "model.keras"
    with ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": config}))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(ToolError) as caught:
        compared(path, network(), VALUES, None)
    assert str(caught.value) == 'comparison: hgq2 not installed; install with: pip install "bxnn[hgq]"'


def test_a_failure_is_one_telling_line(tmp_path: Path) -> None:
    model, weights = _write(tmp_path, LAYER)
    model.write_text("{")
    with pytest.raises(ToolError) as caught:
        compare(model, weights, network(), VALUES, None, tmp_path)
    log = tmp_path / "float_model.log"
    assert str(caught.value) == (
        "float model: TensorFlow could not run model.json: JSONDecodeError: Expecting property name enclosed "
        f"in double quotes: line 1 column 2 (char 1) (log: {log})"
    )
    assert "Traceback" in log.read_text()


def test_tensorflow_is_stopped_when_it_takes_too_long(tmp_path: Path) -> None:
    model, weights = _write(tmp_path, LAYER)
    with pytest.raises(ToolError, match=r"did not finish within 0\.01 s; use fewer events"):
        compare(model, weights, network(), VALUES, None, tmp_path, timeout_seconds=0.01)


@pytest.mark.parametrize(
    "quantizer",
    [
        {"module": "os", "class_name": "system", "config": {}},
        {"module": "subprocess.run", "class_name": "f", "config": {}},
        {"class_name": "__lambda__", "config": {}},
    ],
)
def test_code_from_a_file_is_refused(tmp_path: Path, quantizer: dict[str, Any]) -> None:
    layer = {"class_name": "QDense", "config": {"name": "y", "kernel_quantizer": [quantizer]}}
    model, weights = _write(tmp_path, layer)
    with pytest.raises(ValueError, match="not part of Keras, QKeras or HGQ2"):
        ModelFile.read(model, weights, tmp_path).logits([])


def test_what_matters_in_training_only_is_left_out(tmp_path: Path) -> None:
    keys = ("kernel_initializer", "bias_regularizer", "kernel_constraint")
    layer = {
        "class_name": "Dense",
        "config": {"name": "y", "units": 2, **{key: {"module": "os"} for key in keys}},
    }
    soft = {"class_name": "Softmax", "config": {"name": "s", "axis": -1, "dtype": "float32"}}
    model, weights = _write(tmp_path, layer, soft)
    assert ModelFile.read(model, weights, tmp_path).logits(["s"])["config"]["layers"] == [
        {"class_name": "Dense", "config": {"name": "y", "units": 2}},
        {"class_name": "Activation", "config": {"name": "s", "dtype": "float32", "activation": "linear"}},
    ]


def test_inputs_reach_the_model_on_their_grid(tmp_path: Path) -> None:
    path, values = tmp_path / "inputs.npz", {"x": np.array([[0.04, 100.0]])}
    framework_run.write_inputs(path, network(), values)
    with np.load(path) as stored:
        assert stored["exact_0"].tolist() == [[0.0625, 7.9375]]
        assert stored["real_0"].tolist() == [[np.float32(0.04), 100.0]]
