"""Every operation of a float ONNX file: the network that is calibrated computes what onnxruntime computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from onnxruntime import InferenceSession

import bxnn
from bxnn.compiler.calibration.float_network import float_network
from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from tests.onnx.handmade import Model

RNG = np.random.default_rng(5)
Network = Callable[[Model], str]
VECTOR, ROWS, IMAGE, SEQUENCE = (6,), (4, 3), (3, 6, 5), (3, 8)


def one(operation: str, *constants: object, **attributes: Any) -> Network:
    """A node that reads the input, and constants after it."""
    stored = [np.asarray(values) for values in constants]
    return lambda m: m.node(
        operation,
        ["x", *(m.constant(v, np.int64 if v.dtype.kind == "i" else np.float32) for v in stored)],
        name="y",
        **attributes,
    )


def two(operation: str, **attributes: Any) -> Network:
    """A node that reads the input, and a function of it."""
    return lambda m: m.node(operation, [m.node("Tanh", ["x"]), "x"], name="y", **attributes)


def after_weights(operation: str, constant: float) -> Network:
    def made(m: Model) -> str:
        x = m.node("MatMul", ["x", m.constant(RNG.normal(size=(6, 4)))])
        return m.node(operation, [x, m.constant(np.full(4, constant))], name="y")

    return made


def gated(m: Model) -> str:
    return m.node("Mul", ["x", m.node("Sigmoid", ["x"])], name="y")


def attention(m: Model) -> str:
    keys = m.node("Transpose", ["x"], perm=[0, 2, 1])
    scores = m.node("Softmax", [m.node("MatMul", ["x", keys])], axis=-1)
    return m.node("MatMul", [scores, "x"], name="y")


def viewed(m: Model) -> str:
    """The shape as PyTorch computes it for ``view(x.size(0), -1)``."""
    shape = m.node("Gather", [m.node("Shape", ["x"]), m.constant(0, np.int64)], axis=0)
    parts = [m.node("Unsqueeze", [shape, m.constant([0], np.int64)]), m.constant([-1], np.int64)]
    return m.node("Reshape", [m.node("Relu", ["x"]), m.node("Concat", parts, axis=0)], name="y")


def resized(m: Model) -> str:
    factors = m.constant([1, 1, 2, 2])
    how = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    return m.node("Resize", ["x", "", factors], name="y", **how)


def parted(m: Model) -> str:
    m.nodes.append(helper.make_node("Split", ["x", m.constant([1, 2], np.int64)], ["first", "rest"], axis=1))
    return m.node("Mul", ["first", "rest"], name="y")


CASES: dict[str, tuple[tuple[int, ...], Network]] = {
    **{name: (VECTOR, one(name)) for name in ("Elu", "Selu", "HardSigmoid", "Softplus", "Softsign", "Abs", "Neg")},
    "Celu": (VECTOR, one("Celu", alpha=1.5)),
    "LeakyRelu": (VECTOR, one("LeakyRelu", alpha=0.3)),
    "PRelu": (VECTOR, one("PRelu", RNG.uniform(0.01, 0.5, 6))),
    "PRelu of an image": (IMAGE, one("PRelu", RNG.uniform(0, 0.5, (3, 1, 1)))),
    "relu6": (VECTOR, one("Clip", np.float32(0), np.float32(6))),
    "hard tanh": (VECTOR, one("Clip", np.float32(-1), np.float32(1))),
    "from below": (VECTOR, lambda m: m.node("Max", ["x", m.constant(-0.3)], name="y")),
    "from above": (VECTOR, lambda m: m.node("Min", ["x", m.constant(0.7)], name="y")),
    "a bias after a matrix": (VECTOR, after_weights("Add", 0.3)),
    "a factor after a matrix": (VECTOR, after_weights("Mul", -1.3)),
    "a quotient": (VECTOR, one("Div", RNG.uniform(0.5, 2, 6))),
    "Pow": (VECTOR, one("Pow", np.float32(2))),
    "SiLU": (VECTOR, gated),
    **{name: (VECTOR, two(name)) for name in ("Add", "Sub", "Mul", "Max", "Min", "Mean", "Sum")},
    "Concat": (VECTOR, two("Concat", axis=1)),
    "Concat of channels": (IMAGE, two("Concat", axis=1)),
    "Gemm": (VECTOR, one("Gemm", RNG.normal(size=(4, 6)), RNG.normal(size=4), transB=1, alpha=0.7, beta=1.5)),
    "rows": (ROWS, one("MatMul", RNG.normal(size=(3, 5)))),
    "Einsum": (ROWS, one("Einsum", RNG.normal(size=(3, 5)), equation="bnc,cd->bnd")),
    "Einsum, groups": (ROWS, one("Einsum", RNG.normal(size=(4, 3, 2)), equation="bnc,ncd->bdn")),
    "MatMul, heads": (IMAGE, one("MatMul", RNG.normal(size=(3, 5, 2)))),
    "MatMul, vector": (ROWS, one("MatMul", RNG.normal(size=3))),
    "attention": (ROWS, attention),
    **{f"{name} of rows": (ROWS, one(name, axes=[1], keepdims=0)) for name in ("ReduceMean", "ReduceMax", "ReduceMin")},
    "ReduceSum of rows": (ROWS, one("ReduceSum", np.array([1]), keepdims=0)),
    "ReduceMean of features": (ROWS, one("ReduceMean", axes=[2], keepdims=1)),
    "ReduceMean of pixels": (IMAGE, one("ReduceMean", axes=[2, 3], keepdims=0)),
    "ReduceSumSquare": (ROWS, one("ReduceSumSquare", axes=[2], keepdims=0)),
    "GlobalAveragePool": (IMAGE, one("GlobalAveragePool")),
    "GlobalMaxPool": (IMAGE, one("GlobalMaxPool")),
    "AveragePool": (IMAGE, one("AveragePool", kernel_shape=[2, 2], strides=[2, 1])),
    "AveragePool at the edge": (IMAGE, one("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1])),
    "AveragePool with zeros": (
        IMAGE,
        one("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    ),
    "AveragePool of a sequence": (SEQUENCE, one("AveragePool", kernel_shape=[2], strides=[2])),
    "Conv of a sequence": (SEQUENCE, one("Conv", RNG.normal(size=(4, 3, 3)), RNG.normal(size=4), pads=[1, 1])),
    "grouped Conv": (IMAGE, one("Conv", RNG.normal(size=(6, 1, 2, 2)), group=3, auto_pad="SAME_UPPER")),
    "BatchNormalization": (
        IMAGE,
        one("BatchNormalization", *RNG.normal(size=(3, 3)), RNG.uniform(0.5, 2, 3), epsilon=0.01),
    ),
    "Flatten": (IMAGE, one("Flatten")),
    "view": (IMAGE, viewed),
    "Transpose": (IMAGE, one("Transpose", perm=[0, 2, 3, 1])),
    "Slice": (IMAGE, one("Slice", np.array([1]), np.array([3]), np.array([2]))),
    "Pad": (IMAGE, one("Pad", np.array([0, 0, 1, 0, 0, 0, 0, 2]))),
    "Resize": (IMAGE, resized),
    "Split": (IMAGE, parted),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operation(name: str, tmp_path: Path) -> None:
    shape, made = CASES[name]
    model = Model(shape)
    path = model.save(tmp_path, made(model))
    x = np.random.default_rng(8).normal(0, 1.5, (30, *shape)).astype(np.float32)
    network = float_network(load_model(path, floats=True), load_config(None))
    (found,) = network.outputs({"x": x}).values()
    (expected,) = InferenceSession(path.read_bytes()).run(None, {"x": x})
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-5 * max(1.0, np.abs(expected).max())


def sets() -> tuple[Model, str]:
    """Dense layers for each constituent, their mean, a residual connection, and a slope for each channel."""
    model, rng = Model((5, 3)), np.random.default_rng(6)

    def dense(x: str, inputs: int, outputs: int) -> str:
        kernel, bias = rng.normal(0, inputs**-0.5, (inputs, outputs)), rng.normal(0, 0.2, outputs)
        return model.node("Add", [model.node("MatMul", [x, model.constant(kernel)]), model.constant(bias)])

    x = model.node("Relu", [dense("x", 3, 8)])
    x = model.node("ReduceMean", [model.node("PRelu", [dense(x, 8, 6), model.constant(rng.uniform(0, 0.5, 6))])],
                   axes=[1], keepdims=0)  # fmt: skip
    x = model.node("Add", [model.node("Elu", [dense(x, 6, 6)]), x])
    return model, dense(x, 6, 2)


def test_from_a_float_file_to_firmware(tmp_path: Path) -> None:
    model, output = sets()
    path = model.save(tmp_path, output)
    x = np.random.default_rng(7).normal(size=(400, 5, 3)).astype(np.float32)
    formats = bxnn.calibrate(path, x, bits=10, input_bits=10)
    bxnn.compile(path, tmp_path / "build", config={"initiation_interval": 8}, formats=formats)
    (expected,) = InferenceSession(path.read_bytes()).run(None, {"x": x})
    firmware = np.asarray(bxnn.predict(tmp_path / "build", x))
    assert np.sqrt(np.mean((firmware - expected) ** 2)) < 0.02 * expected.std()


def test_what_a_float_file_cannot_have_is_refused(tmp_path: Path) -> None:
    model = Model((6,))
    x = model.node("MatMul", ["x", model.constant(RNG.normal(size=(6, 4)))])
    path = model.save(tmp_path, model.node("ConvTranspose", [x, model.constant(RNG.normal(size=(4, 1)))], name="y"))
    with pytest.raises(ModelError) as caught:
        load_model(path, floats=True)
    assert str(caught.value) == "y (ConvTranspose): is not supported; use Conv after an upsampling on the host"
