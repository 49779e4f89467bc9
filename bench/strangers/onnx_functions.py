"""ONNX: functions of single elements, and operations of two tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto

from bench.strangers.onnx_builder import Builder, Cases, between, of_two

_U8: Any = np.uint8
_SLOPES = [0.1, 0.2, 0.3, 0.4, 0.25, 0.5]


def _function(
    operation: str, *stored: Any, scale: float = 0.0311, dtype: Any = np.int8, **attributes: Any
) -> Callable[[], ModelProto]:
    """A function of the sums of a dense layer."""

    def make() -> ModelProto:
        b = Builder((8,))
        y = b.node("MatMul", b.qdq("x0"), b.weights((8, 6)))
        y = b.node(operation, y, *(b.constant(value) for value in stored), **attributes)
        return b.model(b.qdq(y, scale, 0, dtype))

    return make


def _normalized(b: Builder, x: str, channels: int) -> str:
    signs = np.where(np.arange(channels) % 3 == 2, -1, 1)
    stored = signs * b.draw.uniform(0.3, 2, channels), b.draw.normal(0, 0.5, channels), b.draw.normal(0, 0.3, channels)
    return b.node("BatchNormalization", x, *map(b.constant, stored), b.constant(b.draw.uniform(0.3, 2, channels)))


def _relu_normalized(b: Builder, x: str) -> str:
    return _normalized(b, b.node("Relu", b.node("MatMul", x, b.weights((8, 6)))), 6)


def _image_normalized(b: Builder, x: str) -> str:
    return _normalized(b, b.node("Relu", b.node("Conv", x, b.weights((4, 2, 3, 3)))), 4)


def _gated(b: Builder, x: str) -> str:
    y = b.qdq(b.node("MatMul", x, b.weights((8, 6))), 0.0517)
    return b.node("Mul", y, b.qdq(b.node("Sigmoid", y), 1 / 255, 0, np.uint8))


def _silu(b: Builder, x: str) -> str:
    y = b.qdq(b.node("MatMul", x, b.weights((8, 6))), 0.0517)
    return b.node("Mul", y, b.node("Sigmoid", y))


def _pair(operation: str, **given: Any) -> Callable[[], ModelProto]:
    return of_two(lambda b, x, y: b.node(operation, x, y), **given)


def _einsum(equation: str, *shapes: tuple[int, ...]) -> Callable[[], ModelProto]:
    return of_two(lambda b, x, y: b.node("Einsum", x, y, equation=equation), shapes=(shapes[0], shapes[1]))


_TWO_SCALES = (0.0413, 0.0317)
CASES: Cases = {
    "Relu": _function("Relu"),
    "Relu to uint8": _function("Relu", scale=0.0207, dtype=_U8),
    "Clip": _function("Clip", 0.0, 6.0),
    "Clip, minimum": _function("Clip", -0.3),
    "Clip, both sides": _function("Clip", -1.1, 0.7),
    "Max with a number": between((5,), lambda b, x: b.node("Max", x, b.constant(0.1))),
    "Max with a number per channel": _function("Max", [0.1, 0.2, -0.3, -2, 0.5, 1.0]),
    "Min of Max": between((5,), lambda b, x: b.node("Min", b.node("Max", x, b.constant(-0.3)), b.constant(0.8))),
    "HardSigmoid": _function("HardSigmoid", scale=1 / 255, dtype=_U8),
    "HardSigmoid, parameters": _function("HardSigmoid", scale=1 / 127, alpha=0.3, beta=0.4),
    "LeakyRelu": _function("LeakyRelu"),
    "LeakyRelu, alpha": _function("LeakyRelu", alpha=0.3),
    "PRelu": _function("PRelu", _SLOPES),
    "PRelu, one slope": _function("PRelu", [0.1]),
    "PRelu, negative slope": _function("PRelu", [-0.1, *_SLOPES[1:]]),
    "Sigmoid": _function("Sigmoid", scale=1 / 255, dtype=_U8),
    "Tanh": _function("Tanh", scale=1 / 127),
    "Elu": _function("Elu", alpha=0.5),
    "Selu": _function("Selu"),
    "Softplus": _function("Softplus"),
    "Softsign": _function("Softsign", scale=1 / 127),
    "Exp": _function("Exp", scale=0.1),
    "Abs": _function("Abs"),
    "Neg": _function("Neg"),
    "HardSwish of sums": _function("HardSwish"),
    "Erf of sums": _function("Erf", scale=1 / 127),
    "Celu": _function("Celu"),
    "Celu, alpha": _function("Celu", alpha=1.5),
    "ThresholdedRelu": _function("ThresholdedRelu", alpha=0.5),
    "Floor": _function("Floor"),
    "Sqrt": _function("Sqrt"),
    "Sin": _function("Sin", scale=1 / 127),
    "SiLU": between((8,), _silu, scale=0.0411),
    "SiLU with a quantizer": between((8,), _gated, scale=0.0411),
    "Relu, then BatchNormalization": between((8,), _relu_normalized, scale=0.0311),
    "Relu, then BatchNormalization of an image": between((2, 6, 6), _image_normalized, scale=0.0311),
    "BatchNormalization": between((3, 4, 4), lambda b, x: _normalized(b, x, 3)),
    "Concat with Relu": between((6, 5), lambda b, x: b.node("Concat", x, b.node("Relu", x), axis=-1)),
    "Where": between((5,), lambda b, x: b.node("Where", b.constant([[True] * 5], np.bool_), x, b.node("Relu", x))),
    "Cast to float16": between((5,), lambda b, x: b.node("Cast", b.node("Cast", x, to=10), to=1)),
    "LayerNormalization": between((4,), lambda b, x: b.node("LayerNormalization", x, b.normal(4), b.normal(4))),
    "Add": _pair("Add"),
    "Add, two scales": _pair("Add", scales=_TWO_SCALES),
    "Add, zero points": _pair("Add", scales=_TWO_SCALES, zeros=(5, -3)),
    "Sub": _pair("Sub"),
    "Mul, zero points": _pair("Mul", scales=_TWO_SCALES, zeros=(2, -9)),
    "Max": _pair("Max"),
    "Min, two scales": _pair("Min", scales=_TWO_SCALES),
    "Mean": _pair("Mean"),
    "Div": _pair("Div"),
    "Pow": _pair("Pow"),
    "Add, broadcast": _pair("Add", shapes=((4, 6), (1, 6))),
    "Mul, broadcast": _pair("Mul", shapes=((4, 6), (4, 1))),
    "MatMul of tensors": _pair("MatMul", shapes=((3, 4), (4, 2)), scales=_TWO_SCALES, zeros=(1, 2)),
    "Concat": of_two(lambda b, x, y: b.node("Concat", x, y, axis=1), scales=_TWO_SCALES),
    "Concat before a dense layer": of_two(
        lambda b, x, y: b.node("MatMul", b.node("Concat", x, y, axis=1), b.weights((12, 3)))
    ),
    "Concat of two scales before a dense layer": of_two(
        lambda b, x, y: b.node("MatMul", b.node("Concat", x, y, axis=1), b.weights((12, 3))), scales=_TWO_SCALES
    ),
    "Einsum, attention": _einsum("bnhd,bmhd->bhnm", (2, 2, 3), (4, 2, 3)),
    "Einsum, outer product": _einsum("bi,bj->bij", (6,), (4,)),
    "Einsum, products": _einsum("bn,bn->bn", (6,), (6,)),
    "Einsum, scalar product": _einsum("bn,bn->b", (6,), (6,)),
}
