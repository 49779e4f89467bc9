"""Every operation against the executor of qonnx: the same codes at the end of small networks.

Scales have no simple ratios: where a sum lies exactly between two codes, float32 may decide
otherwise, as it may for a sum of 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.infer_shapes import InferShapes

from bxnn.compiler.frontend.onnx.onnx_model import load_onnx
from bxnn.compiler.numeric.output_form import ARGMAX, VALUES
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.onnx.executor import executed
from tests.onnx.handmade import QONNX, Array, Model, small_cnn, small_mlp

EVENTS = 60
INDEXED = (
    "Reshape",
    "Unsqueeze",
    "Squeeze",
    "Slice",
    "Gather",
    "ReduceSum",
    "Pad",
    "Expand",
    "Tile",
)  # whose constants are integers
RNG = np.random.default_rng(5)


def normal(*shape: int, scale: float = 0.5) -> Array:
    return np.random.default_rng(sum(shape)).normal(0, scale, shape)


def following(shape: tuple[int, ...], *operations: Callable[[Model, str], str], bits: int = 5) -> Model:
    """A quantized input, operations, and a quantizer ``y``."""
    model = Model(shape)
    x = model.quant("x", 0.1307, bits)
    for operation in operations:
        x = operation(model, x)
    model.quant(x, 0.1719, 5, name="y")
    return model


def dense(inputs: int, outputs: int) -> Callable[[Model, str], str]:
    return lambda model, x: model.node("MatMul", [x, model.weights(normal(inputs, outputs), 0.0917)])


def conv(filters: int, channels: int, *size: int, **attributes: Any) -> Callable[[Model, str], str]:
    def add(model: Model, x: str) -> str:
        kernel = model.weights(normal(filters, channels, *size), 0.0811)
        return model.node("Conv", [x, kernel], kernel_shape=list(size), **attributes)

    return add


def op(operation: str, *constants: Any, **attributes: Any) -> Callable[[Model, str], str]:
    def add(model: Model, x: str) -> str:
        kind = np.int64 if operation in INDEXED else None
        stored = [model.constant(value, kind or np.float32) for value in constants]
        return model.node(operation, [x, *stored], **attributes)

    return add


def batchnorm(channels: int) -> Callable[[Model, str], str]:
    values = [normal(channels), normal(channels), normal(channels), np.abs(normal(channels)) + 0.1]
    return op("BatchNormalization", *values, epsilon=1e-3)


def residual(model: Model, x: str) -> str:
    """Two branches of one scale."""
    first = model.quant(dense(6, 6)(model, x), 0.19, 4)
    second = model.quant(model.node("Relu", [x]), 0.19, 4)
    return model.node("Add", [first, second])


def side_by_side(model: Model, x: str) -> str:
    """Two branches of different scales, whose channels keep theirs."""
    first, second = model.quant(dense(6, 2)(model, x), 0.19, 4), model.quant(x, 0.4, 3)
    return model.node("Concat", [first, second], axis=1)


def per_channel(model: Model, x: str) -> str:
    return model.quant(dense(6, 4)(model, x), np.array([0.1, 0.2, 0.3, 0.25]), 4)


def channels_last(model: Model, x: str) -> str:
    """A convolution between transpositions that cancel."""
    last = model.node("Transpose", [x], perm=[0, 2, 3, 1])
    first = model.node("Transpose", [last], perm=[0, 3, 1, 2])
    return conv(3, 2, 2, 2)(model, first)


def quantized(bits: int) -> Callable[[Model, str], str]:
    return lambda model, x: model.quant(x, 0.0371, bits)


def fine(model: Model, x: str) -> str:
    """More codes than comparators are made for."""
    return model.quant(x, 0.00713, 8, signed=0)


def silu(model: Model, x: str) -> str:
    """As written by exporters."""
    return model.node("Mul", [x, model.node("Sigmoid", [x])])


def preprocessed() -> Model:
    """Float32 arithmetic on the host."""
    model = Model((5,))
    x = model.node("Sub", ["x", model.constant(normal(5))])
    x = model.node("Div", [model.node("Mul", [x, model.constant(1.7)]), model.constant(np.abs(normal(5)) + 0.5)])
    model.quant(dense(5, 3)(model, model.quant(x, 0.13, 6)), 0.2, 4, name="y")
    return model


def bipolar() -> Model:
    model = Model((6,))
    x = model.quant("x", 0.25, 4)
    shifted = op("Add", normal(5))(model, dense(6, 5)(model, x))
    signs = model.node("BipolarQuant", [shifted, model.constant(0.3)], QONNX)
    weights = model.node("BipolarQuant", [model.constant(normal(5, 3)), model.constant(0.7)], QONNX)
    model.quant(model.node("MatMul", [signs, weights]), 0.31, 4, name="y")
    return model


def truncated() -> Model:
    """The low bits of a sum of integers are dropped."""
    model = Model((6,))
    x = model.quant("x", 0.25, 4)
    weights = model.weights(normal(6, 4), 0.125)
    total = model.quant(model.node("MatMul", [x, weights]), 1 / 32, 12)
    stored = [model.constant(value) for value in (1 / 32, 0.0, 12.0, 8.0)]
    model.node("Trunc", [total, *stored], QONNX, "y", rounding_mode="FLOOR")
    return model


def truncated_to(scale: float, bits: int, mode: str = "FLOOR", **attributes: int) -> Model:
    """Low bits of a sum of integers are dropped, down to a new scale, and high ones saturate."""
    model = Model((6,), 2)
    total = model.node("MatMul", [model.quant("x", 0.25, 4), model.weights(normal(6, 4), 0.125)])
    total = model.quant(total, 1 / 32, 12)
    stored = [model.constant(value) for value in (1 / 32, 0.0, 12.0, scale, bits)]
    model.node("Trunc", [total, *stored], QONNX, "y", rounding_mode=mode, **attributes)
    return model


def thresholds() -> Model:
    model = Model((6,))
    total = dense(6, 4)(model, model.quant("x", 0.25, 4))
    steps = model.constant(np.sort(normal(4, 5), axis=1))
    model.node("MultiThreshold", [total, steps], QONNX, "y", out_scale=0.5, out_bias=-1.0, out_dtype="INT4")
    return model


def rounding(mode: str, zero: float) -> Model:
    model = Model((6,))
    total = op("Add", normal(5))(model, dense(6, 5)(model, model.quant("x", 0.2531, 4)))
    model.quant(total, 0.2087, 4, zero, name="y", rounding_mode=mode)
    return model


def dyadic(mode: str) -> Model:
    """Scales of powers of two, many ties."""
    model = Model((4,))
    x = model.quant("x", 0.25, 4)
    total = model.node("MatMul", [x, model.weights(normal(4, 5), 0.25)])
    model.quant(total, 0.5, 4, name="y", rounding_mode=mode, narrow=1)
    return model


def signs() -> Model:
    """An image as its signs, after arithmetic on the host."""
    model = Model((6,))
    x = model.node("Sub", [model.node("Mul", ["x", model.constant(2.0)]), model.constant(0.7)])
    shifted = op("Add", normal(4))(model, dense(6, 4)(model, bipolar_of(model, x)))
    model.quant(shifted, 0.31, 4, name="y")
    return model


def bipolar_of(model: Model, x: str) -> str:
    return model.node("BipolarQuant", [x, model.constant(1.0)], QONNX)


def with_bias() -> Model:
    """A bias in a separate node, on powers of two: the layer adds it."""
    model = Model((4,))
    x = model.quant("x", 0.25, 4)
    total = model.node("MatMul", [x, model.weights(normal(4, 5), 0.125)])
    bias = model.quant(model.constant(normal(5)), 1 / 64, 8)
    model.quant(model.node("Relu", [model.node("Add", [total, bias])]), 0.25, 6, name="y", signed=0)
    return model


def of_two(operation: str, second_scale: float = 0.19) -> Callable[[Model, str], str]:
    """Two branches, combined element by element."""

    def add(model: Model, x: str) -> str:
        first = model.quant(dense(6, 6)(model, x), 0.19, 4)
        second = model.quant(model.node("Relu", [x]), second_scale, 4)
        return model.node(operation, [first, second])

    return add


def per_row(model: Model, x: str) -> str:
    """One number for each row, added to all of it."""
    rows = model.quant(model.node("ReduceSum", [x, model.constant([2], np.int64)], keepdims=1), 0.31, 6)
    return model.node("Mul", [model.quant(x, 0.23, 4), rows])


def attention(model: Model, x: str) -> str:
    """Scores of all pairs of rows, and the rows weighted by them."""
    queries, keys = (model.quant(dense(4, 3)(model, x), scale, 4) for scale in (0.21, 0.17))
    scores = model.node("MatMul", [queries, model.node("Transpose", [keys], perm=[0, 2, 1])])
    return model.node("MatMul", [model.quant(model.node("Relu", [scores]), 0.37, 4, signed=0), model.quant(x, 0.29, 4)])


def norm(model: Model, x: str) -> str:
    """The squared norm of a latent vector."""
    latent = model.quant(dense(6, 4)(model, x), 0.23, 5)
    return model.node("ReduceSum", [model.node("Mul", [latent, latent]), model.constant([1], np.int64)], keepdims=1)


def halves(model: Model, x: str) -> str:
    """Two parts of a vector, added."""
    outputs = ["first", "second"]
    model.nodes.append(helper.make_node("Split", [x, model.constant([3, 3], np.int64)], outputs, axis=1))
    return model.node("Add", outputs)


def upsampled(model: Model, x: str) -> str:
    """Copies of pixels, beside the image."""
    empty = model.constant(np.zeros(0))
    small = model.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    scales = model.constant([1.0, 1.0, 2.0, 2.0])
    large = model.node(
        "Resize",
        [small, empty, scales],
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    return conv(3, 4, 2, 2)(model, model.node("Concat", [large, x], axis=1))


def left(model: Model, x: str) -> str:
    """A constant matrix from the left, as graph networks gather nodes into edges."""
    return dense(4, 3)(model, model.node("MatMul", [model.weights(normal(5, 3), 0.0917), x]))


def beside_rows(model: Model, x: str) -> str:
    """Two branches of different scales side by side along the last axis of rows of features."""
    first, second = model.quant(dense(4, 2)(model, x), 0.19, 4), model.quant(x, 0.4, 3)
    return model.quant(model.node("Concat", [first, second], axis=2), 0.21, 5)


def shifted_branches(model: Model, x: str) -> str:
    """A sum of two quantizers of 8 bits with zero points at an end: one more bit for their codes."""
    first = model.quant(dense(6, 6)(model, x), 0.0191, 8, 201, signed=0)
    return model.node("Add", [first, model.quant(x, 0.0053, 8, 37, signed=0)])


def gelu(model: Model, x: str) -> str:
    """As written by exporters, with quantizers between."""
    bell = model.node("Erf", [model.node("Div", [x, model.constant(np.sqrt(2))])])
    gate = model.quant(model.node("Add", [bell, model.constant(1)]), 0.0081, 8, signed=0)
    return model.node("Mul", [model.node("Mul", [x, gate]), model.constant(0.5)])


SAME = ("Add", "Sub", "Max", "Min")  # of tensors that need one scale
MODES = ("ROUND", "FLOOR", "CEIL", "UP", "DOWN", "HALF_UP", "HALF_DOWN")
IMAGE = (2, 5, 6)
MODELS: dict[str, Callable[[], Model]] = {
    "signs": signs,
    "with_bias": with_bias,
    "padded": lambda: following(IMAGE, op("Pad", [0, 0, 1, 0, 0, 0, 2, 1]), conv(2, 2, 2, 2)),
    "small_mlp": small_mlp,
    "small_cnn": small_cnn,
    "preprocessed": preprocessed,
    "bipolar": bipolar,
    "truncated": truncated,
    "truncated_to": lambda: truncated_to(0.25, 4),
    "truncated_narrow": lambda: truncated_to(0.5, 3, "ROUND", narrow=1),
    "truncated_unsigned": lambda: truncated_to(0.3, 5, "CEIL", signed=0),
    "thresholds": thresholds,
    "residual": lambda: following((6,), residual),
    "concat": lambda: following((6,), side_by_side),
    "per_channel": lambda: following((6,), per_channel, op("Relu")),
    "channels_last": lambda: following(IMAGE, channels_last),
    "batchnorm": lambda: following((6,), dense(6, 4), batchnorm(4), op("Relu")),
    "batchnorm_image": lambda: following(IMAGE, conv(3, 2, 3, 3, pads=[1, 1, 1, 1]), batchnorm(3)),
    "depthwise": lambda: following(IMAGE, conv(4, 1, 2, 3, group=2, strides=[2, 1])),
    "same_upper": lambda: following(IMAGE, conv(3, 2, 2, 3, auto_pad="SAME_UPPER", strides=[2, 2])),
    "same_lower": lambda: following(IMAGE, conv(3, 2, 2, 3, auto_pad="SAME_LOWER", strides=[2, 2])),
    "dilated": lambda: following(IMAGE, conv(2, 2, 2, 2, dilations=[2, 3])),
    "conv1d": lambda: following((2, 7), conv(3, 2, 3, pads=[1, 0]), op("Relu")),
    "leaky": lambda: following((6,), dense(6, 4), op("LeakyRelu", alpha=0.3)),
    "prelu": lambda: following((6,), dense(6, 4), op("PRelu", np.abs(normal(4)))),
    "clip": lambda: following((6,), dense(6, 4), op("Clip", -0.4, 0.9)),
    "hard_sigmoid": lambda: following((6,), dense(6, 4), op("HardSigmoid", alpha=0.3, beta=0.4)),
    "sigmoid": lambda: following((6,), dense(6, 4), op("Sigmoid")),
    "tanh": lambda: following((6,), dense(6, 4), op("Mul", normal(4)), op("Tanh")),
    "elu": lambda: following((6,), dense(6, 4), op("Elu", alpha=0.6)),
    "selu": lambda: following((6,), dense(6, 4), op("Selu")),
    "softplus": lambda: following((6,), dense(6, 4), op("Softplus")),
    "exp": lambda: following((6,), dense(6, 4), op("Exp")),
    "silu": lambda: following((6,), quantized(8), silu),
    "sigmoid_table": lambda: following((6,), dense(6, 4), quantized(10), op("Sigmoid"), fine),
    "affine": lambda: following((6,), dense(6, 4), op("Mul", normal(4)), op("Sub", normal(1, 4)), op("Div", 1.7)),
    "average": lambda: following(IMAGE, op("AveragePool", kernel_shape=[2, 3], strides=[1, 2])),
    "average_padded": lambda: following(
        IMAGE, op("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    ),
    "global_average": lambda: following(IMAGE, op("GlobalAveragePool"), op("Flatten"), dense(2, 3)),
    "global_max": lambda: following(IMAGE, op("GlobalMaxPool")),
    "reduce_mean": lambda: following(IMAGE, op("ReduceMean", axes=[2, 3], keepdims=0)),
    "max_padded": lambda: following(IMAGE, op("MaxPool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])),
    "sliced": lambda: following((6,), op("Slice", [1], [5], [1]), dense(4, 3)),
    "gathered": lambda: following((6,), op("Gather", [5, 0, 3], axis=1), dense(3, 3)),
    "reshaped": lambda: following((12,), op("Reshape", [1, 2, 3, 2]), conv(3, 2, 2, 2)),
    "transposed_flat": lambda: following(IMAGE, op("Transpose", perm=[0, 3, 1, 2]), op("Flatten"), dense(60, 3)),
    "transposed": lambda: following((3, 4), op("Transpose", perm=[0, 2, 1]), op("Relu")),
    "matrix": lambda: following((3, 4), dense(4, 5), op("Relu")),
    **{f"two_{name}": partial(following, (6,), of_two(name)) for name in (*SAME, "Mul", "Mean", "Sum")},
    **{f"scales_{name}": partial(following, (6,), of_two(name, 0.23)) for name in SAME},
    "per_row": lambda: following((3, 4), per_row),
    "attention": lambda: following((3, 4), attention),
    "norm": lambda: following((6,), norm),
    "halves": lambda: following((6,), halves),
    "upsampled": lambda: following((2, 4, 6), upsampled),
    "left": lambda: following((3, 4), left),
    "beside_rows": lambda: following((3, 4), beside_rows, dense(6, 2)),
    "shifted_branches": lambda: following((6,), shifted_branches),
    "gelu": lambda: following((6,), quantized(8), gelu),
    "absolute": lambda: following((6,), dense(6, 4), op("Abs")),
    **{f"power_{n}": lambda n=n: following((6,), op("Pow", n)) for n in (1, 2, 3)},  # type: ignore[misc]
    "softsign": lambda: following((6,), dense(6, 4), op("Softsign")),
    "celu": lambda: following((6,), dense(6, 4), op("Celu")),
    "softmax": lambda: following((6,), dense(6, 4), quantized(8), op("Softmax", axis=-1), quantized(8), dense(4, 3)),
    "softmax_of_rows": lambda: following((3, 4), op("Softmax", axis=2), op("Transpose", perm=[0, 2, 1])),
    "negative": lambda: following((6,), dense(6, 4), op("Neg")),
    "expanded": lambda: following((1, 4), op("Expand", [1, 3, 4]), dense(4, 2)),
    "tiled": lambda: following((4,), op("Tile", [1, 2]), dense(8, 3)),
    "reduce_rows": lambda: following((3, 4), op("ReduceMean", axes=[1], keepdims=0), dense(4, 2)),
    "reduce_last": lambda: following((3, 4), op("ReduceMax", axes=[-1], keepdims=1)),
    "reduce_squares": lambda: following((3, 4), op("ReduceSumSquare", axes=[2], keepdims=0)),
    "sliced_image": lambda: following(IMAGE, op("Slice", [1, 0], [4, 6], [2, 3], [1, 2]), conv(3, 2, 2, 2)),
    "squeezed": lambda: following((6,), dense(6, 4), op("Unsqueeze", [2]), op("Squeeze", [2])),
    **{f"rounding_{mode}_{zero}": lambda m=mode, z=zero: rounding(m, z) for mode in MODES for zero in (0, 3)},  # type: ignore[misc]
    **{f"dyadic_{mode}": lambda m=mode: dyadic(m) for mode in MODES},  # type: ignore[misc]
}


def test_argmax_of_codes_of_different_shifts(tmp_path: Path) -> None:
    """By a port, and by an ArgMax in the file."""
    x = RNG.normal(0, 1.5, (EVENTS, 6)).astype(np.float32)
    graph = run(load_onnx(small_mlp().save(tmp_path, "y")), PIPELINE, PassOptions(outputs={"y": (VALUES, ARGMAX)}))
    values, chosen = Reference(graph).predict({"x": x}).values()
    model = small_mlp()
    model.node("ArgMax", ["y"], name="class", axis=1)
    inside = run(load_onnx(model.save(tmp_path, "class")), PIPELINE, PassOptions())
    (found,) = Reference(inside).predict({"x": x}).values()
    assert np.array_equal(values.argmax(axis=1), chosen[:, 0]) and np.array_equal(found, chosen)


@pytest.mark.parametrize("name", MODELS)
def test_the_same_codes_as_qonnx(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    path = model.save(tmp_path, "y")
    graph = run(load_onnx(path), PIPELINE, PassOptions())
    reference = Reference(graph)
    x = RNG.normal(0, 1.5, (EVENTS, *model.shape)).astype(np.float32)
    (ours,) = reference.predict({"x": x}).values()
    wrapped = ModelWrapper(model.model("y", batch=1)).transform(InferShapes())
    theirs = executed(wrapped, x)
    assert graph.outputs == ("y",)
    assert np.abs(theirs).max() > 0
    assert np.allclose(ours.reshape(theirs.shape), theirs, rtol=0, atol=1e-5 * np.abs(theirs).max()), name
