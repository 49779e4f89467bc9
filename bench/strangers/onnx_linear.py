"""ONNX: dense layers and convolutions, forms of QDQ, and operations of onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto

from bench.strangers.onnx_builder import ONNXRUNTIME, SCALE, Builder, Cases, between


def _gemm(transposed: bool = False, bias: Any = 6, **attributes: Any) -> Callable[[], ModelProto]:
    def step(b: Builder, x: str) -> str:
        stored = () if bias is None else (b.normal(*np.atleast_1d(bias)),)
        shape = (6, 8) if transposed else (8, 6)
        return b.node("Gemm", x, b.weights(shape), *stored, transB=int(transposed), **attributes)

    return between((8,), step)


def _conv(
    shape: tuple[int, ...] = (3, 7, 6),
    weights: tuple[int, ...] = (4, 3, 3, 3),
    zero: int = 0,
    per_channel: bool = False,
    **attributes: Any,
) -> Callable[[], ModelProto]:
    def make() -> ModelProto:
        b = Builder(shape)
        x = b.qdq("x0", SCALE, zero)
        kernel = b.weights(weights, 0 if per_channel else None)
        y = b.node("Relu", b.node("Conv", x, kernel, b.normal(weights[0]), **attributes))
        return b.model(b.qdq(y, 0.0722, -128))

    return make


def _mlp(opset: int) -> Callable[[], ModelProto]:
    def make() -> ModelProto:
        b = Builder((8,), opset=opset)
        bias = b.node("DequantizeLinear", b.constant(b.draw.integers(-400, 400, 6), np.int32), b.constant(0.00080167))
        y = b.node("Relu", b.node("Gemm", b.qdq("x0", SCALE, 3), b.weights((8, 6)), bias))
        return b.model(b.qdq(b.node("MatMul", b.qdq(y, 0.031, -128), b.weights((6, 3))), 0.2063))

    return make


def _dense(**given: Any) -> Callable[[], ModelProto]:
    """A dense layer after a quantizer with these arguments."""

    def make() -> ModelProto:
        b = Builder((8,), opset=21)
        return b.model(b.qdq(b.node("MatMul", b.qdq("x0", **given), b.weights((8, 4))), 0.10317))

    return make


def _weighted(axis: int | None = None, dtype: Any = np.int8, zero: int = 0) -> Callable[[], ModelProto]:
    return between((8,), lambda b, x: b.node("MatMul", x, b.weights((8, 4), axis, dtype, zero)))


def _residual() -> ModelProto:
    b = Builder((8,))
    x = b.qdq("x0", 0.0207)
    hidden = b.qdq(b.node("Relu", b.node("MatMul", x, b.weights((8, 8)))), 0.0311, -128)
    return b.model(b.qdq(b.node("Add", hidden, x), 0.0517, 3))


def _preprocessed() -> ModelProto:
    b = Builder((8,))
    x = b.node("Div", b.node("Sub", "x0", b.normal(8)), b.constant(b.draw.uniform(0.5, 2, 8)))
    return b.model(b.qdq(b.node("MatMul", b.qdq(x, 0.02, 3), b.weights((8, 4))), 0.10317))


def _integer_input() -> ModelProto:
    b = Builder((8,), kind=TensorProto.INT8)
    x = b.node("DequantizeLinear", "x0", b.constant(SCALE), b.constant(3, np.int8))
    return b.model(b.qdq(b.node("MatMul", x, b.weights((8, 4))), 0.10317))


def _on_integers(operation: str, domain: str = "", **attributes: Any) -> Callable[[], ModelProto]:
    """An operation of integers, as onnxruntime fuses them."""

    def make() -> ModelProto:
        b = Builder((8,))
        scale, zero = b.constant(SCALE), b.constant(3, np.int8)
        x = b.node("QuantizeLinear", "x0", scale, zero)
        weights = b.constant(b.draw.integers(-60, 60, (8, 4)), np.int8), b.constant(0.02), b.constant(0, np.int8)
        end = b.constant(0.1), b.constant(-4, np.int8)
        bias = (b.constant(b.draw.integers(-300, 300, 4), np.int32),) if operation == "QGemm" else ()
        found = b.node(operation, x, scale, zero, *weights, *bias, *end, domain=domain, **attributes)
        return b.model(b.node("DequantizeLinear", found, *end))

    return make


def _dynamic() -> ModelProto:
    b = Builder((8,))
    return b.model(b.node("DequantizeLinear", *b.nodes("DynamicQuantizeLinear", ["x0"], 3)))


def _typed() -> ModelProto:
    """The type of the integers is an attribute, as there is no zero point."""
    b = Builder((8,), opset=21)
    scale = b.constant(0.0207)
    codes = b.node("QuantizeLinear", "x0", scale, output_dtype=TensorProto.INT8)
    return b.model(b.qdq(b.node("MatMul", b.node("DequantizeLinear", codes, scale), b.weights((8, 4))), 0.20634))


CASES: Cases = {
    **{f"mlp, opset {opset}": _mlp(opset) for opset in range(10, 22)},
    "Gemm": _gemm(),
    "Gemm, transB": _gemm(True),
    "Gemm, alpha": _gemm(alpha=0.3),
    "Gemm, beta": _gemm(beta=2.0),
    "Gemm, beta 0": _gemm(beta=0.0),
    "Gemm, alpha and beta": _gemm(True, alpha=1.5, beta=0.25),
    "Gemm without bias": _gemm(bias=None),
    "Gemm, one bias": _gemm(bias=1),
    "Gemm, bias of rank 2": _gemm(bias=(1, 6)),
    "Gemm, transA": between(
        (8,), lambda b, x: b.node("Gemm", b.node("Transpose", x, perm=[1, 0]), b.weights((8, 6)), transA=1)
    ),
    "Conv": _conv(),
    "Conv, pads": _conv(pads=[0, 1, 2, 1]),
    "Conv, pads and zero point": _conv(pads=[1, 1, 1, 1], zero=7),
    "Conv, strides": _conv(strides=[2, 1]),
    "Conv, dilations": _conv(dilations=[2, 2]),
    "Conv, groups": _conv((4, 7, 6), (6, 2, 3, 3), group=2),
    "Conv, depthwise": _conv((4, 7, 6), (4, 1, 3, 3), group=4),
    "Conv, depthwise twice": _conv((4, 7, 6), (8, 1, 3, 3), group=4),
    "Conv, SAME_UPPER": _conv(auto_pad="SAME_UPPER", strides=[2, 2]),
    "Conv, SAME_LOWER": _conv(auto_pad="SAME_LOWER", strides=[2, 2]),
    "Conv, SAME_LOWER, even window": _conv(weights=(4, 3, 2, 2), auto_pad="SAME_LOWER"),
    "Conv, VALID": _conv(auto_pad="VALID"),
    "Conv, per channel": _conv(per_channel=True),
    "Conv, per channel, zero point": _conv(per_channel=True, zero=-5, pads=[1, 0, 1, 0]),
    "Conv of a sequence": _conv((3, 9), (4, 3, 3), pads=[1, 1]),
    "Conv of a sequence, dilated": _conv((3, 9), (4, 3, 3), dilations=[2]),
    "Conv of a sequence, causal": _conv((3, 9), (4, 3, 3), pads=[2, 0]),
    "Conv, 1x1": _conv(weights=(4, 3, 1, 1)),
    "Conv, kernel_shape": _conv(kernel_shape=[3, 3]),
    "Conv of a volume": _conv((2, 4, 4, 4), (3, 2, 2, 2, 2)),
    "ConvTranspose": between((3, 5, 5), lambda b, x: b.node("ConvTranspose", x, b.weights((3, 4, 2, 2)))),
    "QDQ, uint8": _dense(scale=0.0207, zero=128, dtype=np.uint8),
    "QDQ, int16": _dense(scale=0.00107, zero=128, dtype=np.int16),
    "QDQ, output_dtype": _typed,
    "QDQ of com.microsoft": _dense(domain=ONNXRUNTIME, zero=2),
    "QDQ, input per channel": _dense(scale=np.linspace(0.02, 0.05, 8), zero=[0] * 8, axis=1),
    "weights, uint8": _weighted(dtype=np.uint8, zero=130),
    "weights, per output": _weighted(axis=1),
    "weights, per input": _weighted(axis=0),
    "QDQ twice": between((8,), lambda b, x: b.node("MatMul", b.qdq(x, 0.0533, -7), b.weights((8, 4)))),
    "residual": _residual,
    "preprocessing on the host": _preprocessed,
    "input of integers": _integer_input,
    "QLinearMatMul": _on_integers("QLinearMatMul"),
    "QGemm": _on_integers("QGemm", ONNXRUNTIME),
    "MatMulInteger": between((8,), lambda b, x: b.node("MatMulInteger", x, b.weights((8, 4)))),
    "FusedMatMul": between((8,), lambda b, x: b.node("FusedMatMul", x, b.weights((8, 4)), domain=ONNXRUNTIME)),
    "Gelu of com.microsoft": between((8,), lambda b, x: b.node("Gelu", x, domain=ONNXRUNTIME), scale=0.031),
    "DynamicQuantizeLinear": _dynamic,
}
