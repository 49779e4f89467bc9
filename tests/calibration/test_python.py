"""``bxnn.calibrate`` and ``bxnn.compile`` with objects instead of files."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import bxnn
from bxnn.compiler.live_models import model_file
from tests.calibration.float_models import classifier, drawn


def test_formats_as_an_object(tmp_path: Path) -> None:
    model, weights = classifier(tmp_path)
    x, y = drawn(300, (6,), 5), np.arange(300) % 3
    formats = bxnn.calibrate(model, x, y, bits=6, weights=weights)
    assert formats.measured.agreement is not None and formats.measured.accuracy is not None
    report = bxnn.compile(model, tmp_path / "one", weights, {"initiation_interval": 4}, formats=formats)
    assert report.initiation_interval == 4
    assert report.calibration == formats.measured
    formats.save(tmp_path / "formats.yaml")
    again = bxnn.compile(model, tmp_path / "two", weights, {"formats": str(tmp_path / "formats.yaml")})
    assert again.initiation_interval == 8 and again.calibration == formats.measured
    assert np.array_equal(np.asarray(bxnn.predict(tmp_path / "one", x)), np.asarray(bxnn.predict(tmp_path / "two", x)))
    changed = {"layers": {"fc1": {"output": "ufixed<3,2,RND_CONV,SAT>"}}}
    other = bxnn.compile(model, tmp_path / "three", weights, changed, formats=formats)
    assert other.calibration is None  # these types were not measured


def test_a_live_keras_model(tmp_path: Path) -> None:
    class Model:
        __module__ = "keras.src.models.functional"
        name = "my net"

        def save(self, path: Path) -> None:
            Path(path).write_bytes(b"saved")

    with model_file(Model()) as path:
        assert path.name == "my_net.keras" and path.read_bytes() == b"saved"
    assert not path.exists()
    Model.__module__ = "tf_keras.src.engine.functional"
    with model_file(Model()) as path:
        assert path.name == "my_net.h5"


def test_a_live_torch_module_is_exported_in_the_process_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for torch, which shows what bxnn asks it for and nothing about its answer."""
    asked: dict[str, Any] = {}

    def export(module: Any, arguments: tuple[Any, ...], path: str, **options: Any) -> None:
        asked.update(options, shape=arguments[0].shape, evaluated=module.evaluated)
        Path(path).write_bytes(b"onnx")

    torch = ModuleType("torch")
    torch.__dict__.update(float32="f", onnx=SimpleNamespace(export=export), as_tensor=lambda x, dtype: x)
    monkeypatch.setitem(sys.modules, "torch", torch)

    class Module:
        __module__ = "torch.nn.modules.module"
        evaluated = False

        def eval(self) -> None:
            self.evaluated = True

    with model_file(Module(), np.zeros((1, 6))) as path:
        assert path.name == "Module.onnx" and path.read_bytes() == b"onnx"
    assert asked["shape"] == (1, 6) and asked["evaluated"] and asked["input_names"] == ["x"]
    with pytest.raises(bxnn.InputError) as caught, model_file(Module()):
        pass
    assert str(caught.value) == "torch module Module: needs a batch of inputs; give one with example="


def test_other_objects_are_refused() -> None:
    with pytest.raises(bxnn.InputError) as caught, model_file(3):
        pass
    assert str(caught.value) == "model of type builtins.int: is neither a path nor a model of Keras or torch"
