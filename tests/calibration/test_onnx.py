"""Float ONNX networks: what the calibration takes for the float model is what ONNX defines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession

import bxnn
from bxnn.compiler.calibration.float_network import float_network
from bxnn.compiler.cli import run
from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.frontend import load_model
from tests.calibration.float_models import drawn
from tests.onnx.handmade import Model


def vectors() -> tuple[Model, str]:
    rng = np.random.default_rng(3)
    model = Model((6,))
    x = model.node("Gemm", ["x", *map(model.constant, (rng.standard_normal((8, 6)), rng.standard_normal(8)))], transB=1)
    parts = rng.standard_normal(8), rng.standard_normal(8), rng.standard_normal(8), rng.uniform(0.5, 2, 8)
    x = model.node("BatchNormalization", [x, *map(model.constant, parts)], name="bn/out")
    x = model.node("Relu", [model.node("Identity", [x])])
    x = model.node("MatMul", [x, model.constant(rng.standard_normal((8, 5)) / 3)])
    x = model.node("Tanh", [model.node("Add", [x, model.constant(rng.standard_normal(5))])])
    x = model.node("LeakyRelu", [model.node("Gemm", [x, model.constant(rng.standard_normal((5, 4)))])], alpha=0.3)
    return model, model.node("Gemm", [x, model.constant(rng.standard_normal((4, 3)))], name="y")


def images() -> tuple[Model, str]:
    rng = np.random.default_rng(4)
    model = Model((2, 6, 5))
    x = model.node(
        "Conv", ["x", *map(model.constant, (rng.standard_normal((3, 2, 3, 3)) / 4, rng.standard_normal(3)))],
        kernel_shape=[3, 3], pads=[1, 1, 1, 1],
    )  # fmt: skip
    x = model.node("MaxPool", [model.node("Relu", [x])], kernel_shape=[2, 2], strides=[2, 1])
    x = model.node("Flatten", [x], axis=1)
    return model, model.node("Gemm", [x, model.constant(rng.standard_normal((3 * 3 * 4, 2)))], name="y")


@pytest.mark.parametrize("make", [vectors, images])
def test_float_networks(tmp_path: Path, make: object) -> None:
    model, output = make()  # type: ignore[operator]
    path = tmp_path / "net.onnx"
    path.write_bytes(model.encoded(output))
    x = drawn(60, model.shape, 9).astype(np.float32)
    network = float_network(load_model(path, floats=True), load_config(None))
    (found,) = network.outputs({"x": x}).values()
    (expected,) = InferenceSession(model.encoded(output)).run(None, {"x": x})
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()
    np.savez(tmp_path / "x.npz", x=x)
    formats = tmp_path / "formats.yaml"
    assert (
        run(
            [
                "calibrate",
                str(path),
                "--events",
                str(tmp_path / "x.npz"),
                "--bits",
                "10",
                "--input-bits",
                "12",
                "-o",
                str(formats),
            ]
        )
        == 0
    )
    report = bxnn.compile(path, tmp_path / "build", config={"initiation_interval": 8, "formats": str(formats)})
    assert report.calibration is not None and report.calibration.rms_error < 0.05
    firmware = np.asarray(bxnn.predict(tmp_path / "build", x))
    assert np.sqrt(np.mean((firmware - expected) ** 2)) < 0.05 * expected.std()
