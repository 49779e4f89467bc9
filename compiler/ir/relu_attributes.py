"""The functions of ReLUs, from the attributes with which Keras and hls4ml describe them."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.hls4ml_tables import TABLES
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.numeric.tensor import FixedTensor

_LARGEST_SLOPE_SHIFT = 16
_LARGEST_SLOPE = 2**16
_HLS4ML = (
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    *TABLES,
    "hard_sigmoid",
    "hard_tanh",
    "binary_tanh",
    "softmax",
)


def keras_relu(source: LayerSource) -> Rectifier:
    """The function of a Keras ``ReLU``.

    Raises:
        ModelError: If an attribute is not supported.
    """
    source.expect("threshold", 0.0, 0, None, advice="use 0")
    maximum = source.get("max_value")
    clip = None
    if maximum is not None:
        if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not 0 < maximum < 2**31:
            raise source.refuse("max_value", "use a positive number")
        exact = FixedTensor.from_real(np.asarray(maximum, np.float64))
        clip = (int(exact.codes), exact.fraction_bits)
        if exact.fraction_bits > 24:
            raise source.refuse("max_value", "use a number with at most 24 fraction bits")
    if source.get("negative_slope", 0.0) in (0, 0.0, None):
        return Rectifier(None, clip)
    return Rectifier(keras_slope_shift(source, "negative_slope", 0.0), clip)


def keras_slope_shift(source: LayerSource, key: str, default: float) -> int | None:
    """``s`` for a slope of ``2**-s``; ``None`` for a slope of zero.

    Raises:
        ModelError: If the slope is neither.
    """
    slope = source.get(key, default)
    if not isinstance(slope, bool) and isinstance(slope, int | float):
        if slope == 0:
            return None
        for shift in range(1, _LARGEST_SLOPE_SHIFT + 1):
            if slope == 2.0**-shift:
                return shift
    advice = f"use 0 or a power of two from 0.5 to 2**-{_LARGEST_SLOPE_SHIFT}"
    raise ModelError(source.subject, f"{key} {slope!r} is not supported; {advice}")


def keras_slope(source: LayerSource, key: str, default: float) -> float:
    """A slope from 0 up.

    Raises:
        ModelError: If it is not a number, or not one of these.
    """
    slope = source.get(key, default)
    if isinstance(slope, bool) or not isinstance(slope, int | float) or not 0 <= slope < _LARGEST_SLOPE:
        raise source.refuse(key, "use 0 or a positive number")
    return float(slope)


def hls4ml_relu(node: NodeSource) -> ElementFunction:
    """The function of an hls4ml ``Activation``: ``relu`` or ``relu6``.

    Raises:
        ModelError: If it is neither.
    """
    activation = node.word("activation")
    if activation not in ("relu", "relu6"):
        raise node.refuse(f"activation {activation!r} is not supported; use one of {', '.join(_HLS4ML)}")
    return _into_result(node, Rectifier(None, (6, 0) if activation == "relu6" else None))


def hls4ml_threshold(node: NodeSource) -> tuple[int, int]:
    """The threshold of an hls4ml activation that has one: its code, and the fraction bits of that."""
    parameter = node.type_of("param")
    return int(parameter.quantize_real(np.asarray(node.get("activ_param")))), parameter.format.fraction_bits


def hls4ml_parametrized_relu(node: NodeSource) -> ElementFunction | FixedTensor:
    """The function of an hls4ml activation with a parameter: a leaky ReLU, or a plain one written as a threshold of 0.

    A slope that is not a power of two from 0.5 down is returned itself.

    Raises:
        ModelError: If it is any other activation, or its parameter is not supported.
    """
    activation = node.word("activation").replace("_", "")
    if activation not in ("leakyrelu", "thresholdedrelu"):
        raise node.refuse(f"activation {node.get('activation')!r} is not supported; use relu or leaky_relu")
    code, fraction_bits = hls4ml_threshold(node)
    slope = float(np.ldexp(code, -fraction_bits))
    if activation == "thresholdedrelu":  # hls4ml's form of a ReLU of Keras 3, whose threshold is 0
        return _into_result(node, Rectifier())
    shift = -int(np.log2(slope)) if slope > 0 else 0
    if slope != 2.0**-shift or not 1 <= shift <= _LARGEST_SLOPE_SHIFT:
        return FixedTensor(np.array([code], np.int64), fraction_bits)
    rectifier = Rectifier(shift)
    leaky = rectifier.infer(node.sources[0])
    result = node.result_for(leaky.format.fraction_bits)
    if result.keeps(leaky):
        return rectifier
    return FixedQuantizer(result.format, result.rounding, result.overflow, None, None, shift)


def _into_result(node: NodeSource, rectifier: Rectifier) -> ElementFunction:
    """The ReLU merged with the conversion to the result's type if that saturates; otherwise the ReLU alone."""
    result = node.result_type
    wraps, clips = result.overflow is Overflow.WRAP, rectifier.maximum is not None
    if wraps or clips or result.keeps(rectifier.infer(node.sources[0])):
        return rectifier
    return FixedQuantizer(result.format, result.rounding, result.overflow, 0 if result.format.signed else None)
