"""QONNX: quantizers in every mode, and what stands around them in files of Brevitas and FINN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto

from bench.strangers.onnx_builder import QONNX, Builder, Cases

_MODES = ("ROUND", "HALF_EVEN", "FLOOR", "CEIL", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "round", "TRUNCATE")


def _case(step: Callable[[Builder], str], shape: tuple[int, ...] = (8,)) -> Callable[[], ModelProto]:
    def make() -> ModelProto:
        b = Builder(shape)
        return b.model(step(b))

    return make


def _sums(b: Builder, scale: Any = 0.0617, outputs: int = 4) -> str:
    return b.node("MatMul", b.quant("x0", 0.1173), b.quant_weights(8, outputs, scale=scale))


def _hidden(**attributes: Any) -> Callable[[], ModelProto]:
    """A quantizer of sums."""
    return _case(lambda b: b.quant(_sums(b), 0.2091, 4, **attributes))


def _rounded(mode: str) -> Callable[[], ModelProto]:
    return _case(lambda b: b.quant(_sums(b), 0.2091, 5, rounding_mode=mode))


def _input(mode: str) -> Callable[[], ModelProto]:
    return _case(lambda b: b.quant(b.node("MatMul", b.quant("x0", rounding_mode=mode), b.quant_weights(8, 4)), 0.2091))


def _own(b: Builder, operation: str, x: str, *stored: Any, **attributes: Any) -> str:
    return b.node(operation, x, *map(b.constant, stored), domain=QONNX, **attributes)


def _thresholds(rows: int, **attributes: Any) -> Callable[[Builder, str], str]:
    return lambda b, x: _own(b, "MultiThreshold", x, np.sort(b.draw.normal(0, 2, (rows, 7)), 1), **attributes)


def _finn_image(b: Builder) -> str:
    image = b.node("Conv", b.quant("x0"), b.quant_weights(4, 2, 3, 3))
    return _thresholds(4, data_layout="NHWC")(b, b.node("Transpose", image, perm=[0, 2, 3, 1]))


def _signs(b: Builder) -> str:
    weights = _own(b, "BipolarQuant", b.normal(8, 4), 0.2517)
    return b.quant(b.node("MatMul", b.quant("x0", 0.1173), weights), 0.2091, 5)


def _residual(b: Builder, first: float, second: float) -> str:
    x = b.quant("x0", first)
    total = b.node("Add", x, b.quant(b.node("MatMul", x, b.quant_weights(8, 8)), second, 5))
    return b.quant(total, 0.2091, 5)


def _per_channel_image(b: Builder) -> str:
    scales = 2.0 ** -np.array([1, 2, 3, 4]).reshape(1, 4, 1, 1)
    image = b.quant(b.node("Conv", b.quant("x0"), b.quant_weights(4, 2, 3, 3)), scales, 5)
    return b.quant(b.node("MatMul", b.node("Flatten", image), b.quant_weights(36, 2)), 0.2087, 6)


def _scaled_image(b: Builder) -> str:
    """Pixels whose channels have different scales, without simple ratios."""
    image = b.node("Conv", b.quant("x0"), b.quant_weights(3, 2, 1, 1))
    return b.quant(image, np.array([0.1031, 0.2317, 0.4073]).reshape(1, 3, 1, 1), 4)


def _scaled_depthwise(b: Builder) -> str:
    filters = b.quant_weights(6, 1, 2, 2, scale=b.draw.uniform(0.04, 0.08, (6, 1, 1, 1)))
    return b.quant(b.node("Conv", _scaled_image(b), filters, b.normal(6), group=3), 0.2087, 6)


def _scaled_average(b: Builder) -> str:
    return b.quant(b.node("AveragePool", _scaled_image(b), kernel_shape=[2, 2], strides=[2, 1]), 0.2087, 6)


def _scaled_residual(b: Builder) -> str:
    scales = np.array([0.1031, 0.2317, 0.4073, 0.0713])
    return b.quant(b.node("Add", b.quant(_sums(b), scales, 4), b.quant(_sums(b), scales, 5)), 0.2087, 6)


def _scaled_features(b: Builder, scales: Any) -> str:
    return b.quant(b.node("MatMul", b.quant("x0", scales), b.quant_weights(8, 2)), 0.2087, 6)


def _int_quant(b: Builder) -> str:
    codes = _own(b, "IntQuant", "x0", 0.125, 0, 6, signed=1, narrow=0, rounding_mode="ROUND")
    return b.quant(b.node("MatMul", codes, b.quant_weights(8, 2)))


def _normalized(b: Builder) -> str:
    stored = [1, 0.5, -1.5, 2], [0, 0.2, -0.1, 0.4], [0.1, 0.2, 0.3, 0], [1, 0.5, 2, 1]
    y = b.node("Relu", b.node("BatchNormalization", _sums(b), *map(b.constant, stored)))
    return b.quant(b.node("MatMul", b.quant(y, 0.0713, 4, signed=0), b.quant_weights(4, 2)), 0.2091, 6)


CASES: Cases = {
    **{f"Quant, {mode}": _rounded(mode) for mode in _MODES},
    **{f"Quant of an input, {mode}": _input(mode) for mode in ("FLOOR", "HALF_UP", "CEIL")},
    **{
        f"Quant, {'' if signed else 'un'}signed{', narrow' * narrow}{', zero point' * bool(zero)}": _hidden(
            signed=signed, narrow=narrow, zero=zero
        )
        for signed in (0, 1)
        for narrow in (0, 1)
        for zero in (0, 3)
    },
    "weights, scale per channel": _case(lambda b: b.quant(_sums(b, b.draw.uniform(0.03, 0.09, (1, 4))), 0.2091, 5)),
    "weights, powers of two per channel": _case(lambda b: b.quant(_sums(b, 2.0 ** -np.arange(3, 7)), 0.2091, 5)),
    "BipolarQuant of weights": _case(_signs),
    "BipolarQuant of sums": _case(
        lambda b: b.quant(b.node("MatMul", _own(b, "BipolarQuant", _sums(b), 0.25), b.quant_weights(4, 2)), 0.2091)
    ),
    "Quant of 1 bit": _case(lambda b: b.quant(_sums(b), 0.25, 1)),
    "Quant of 1 bit, unsigned": _case(lambda b: b.quant(_sums(b), 0.2517, 1, signed=0)),
    "Quant, powers of two per channel": _case(_per_channel_image, (2, 5, 5)),
    "depthwise, scales per channel": _case(_scaled_depthwise, (2, 5, 5)),
    "AveragePool, scales per channel": _case(_scaled_average, (2, 5, 5)),
    "residual, scales per channel": _case(_scaled_residual),
    "Quant, scales per channel": _case(
        lambda b: b.node("Conv", _scaled_image(b), b.quant_weights(2, 3, 1, 1)), (2, 5, 5)
    ),
    "Quant of an input, powers of two per feature": _case(lambda b: _scaled_features(b, 2.0 ** -np.arange(8))),
    "Quant of an input, ratios of powers of two": _case(lambda b: _scaled_features(b, 0.0917 * 2.0 ** -np.arange(8))),
    "Quant of an input, scales per feature": _case(lambda b: _scaled_features(b, np.arange(2, 10) / 17)),
    "Quant of 5.5 bits": _case(lambda b: b.quant("x0", bits=5.5)),
    "Quant, bits per channel": _case(lambda b: b.quant("x0", bits=[[2, 3, 4, 5, 6, 7, 8, 3]])),
    "IntQuant": _case(_int_quant),
    "FloatQuant": _case(lambda b: _own(b, "FloatQuant", "x0", 0.125, 4, 3, 7, 240)),
    **{
        f"Trunc, {mode}": _case(
            lambda b, mode=mode: _own(b, "Trunc", b.quant("x0", bits=8), 0.125, 0, 8, 5, rounding_mode=mode)  # type: ignore[misc]
        )
        for mode in ("FLOOR", "ROUND", "CEIL")
    },
    "MultiThreshold": _case(lambda b: _thresholds(4)(b, _sums(b))),
    "MultiThreshold, one row": _case(lambda b: _thresholds(1)(b, _sums(b))),
    "MultiThreshold of signed codes": _case(
        lambda b: b.quant(
            b.node("MatMul", _thresholds(4, out_scale=0.5, out_bias=-1.0)(b, _sums(b)), b.quant_weights(4, 2)), 0.2091
        )
    ),
    "MultiThreshold, channels last": _case(_finn_image, (2, 5, 5)),
    "residual": _case(lambda b: _residual(b, 0.125, 0.25)),
    "residual, two scales": _case(lambda b: _residual(b, 0.1173, 0.2311)),
    "BatchNormalization and Relu": _case(_normalized),
    "hard tanh": _case(lambda b: b.quant(b.node("Clip", _sums(b), *map(b.constant, (-1.0, 1.0))), 1 / 7, 4, narrow=1)),
    "float weights": _case(lambda b: b.node("MatMul", b.quant("x0"), b.normal(8, 4))),
    "input without a quantizer": _case(lambda b: b.node("MatMul", "x0", b.quant_weights(8, 4))),
}
