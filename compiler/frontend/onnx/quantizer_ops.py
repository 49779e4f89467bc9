"""Quantizers of QONNX and of ONNX: of constants, of network inputs and of wires.

Source: qonnx 1.0, ``qonnx.custom_op.general``; ONNX operators QuantizeLinear and DequantizeLinear, versions 10 to 21.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from bxnn.compiler.frontend.onnx.host_inputs import by_element, quantized_input
from bxnn.compiler.frontend.onnx.node_reader import NodeReader, per_channel, real
from bxnn.compiler.frontend.onnx.onnx_tensor import KINDS
from bxnn.compiler.frontend.onnx.requantize import quantized
from bxnn.compiler.frontend.onnx.values import Array, Constant, HostInput, Value, Wire
from bxnn.compiler.numeric.monotone import Affine
from bxnn.compiler.numeric.rounding import round_real
from bxnn.compiler.numeric.scaled_quantizer import AnyRounding, ScaledQuantizer

_MOST_BITS = 32
_NAMES = {"ROUND": "HALF_EVEN", "ROUND_TO_ZERO": "DOWN"}


@dataclass(frozen=True, eq=False)
class Quantization:
    """A quantizer as a node stores it.

    Attributes:
        scale: float32, any shape that broadcasts.
        zero_point: float32 or integers, likewise.
        low: Smallest integer, zero point included.
        high: Largest integer, the same.
        rounding: Rounding mode.
        shifted: Whether the zero point is added before rounding.
    """

    scale: Any
    zero_point: Any
    low: int
    high: int
    rounding: AnyRounding
    shifted: bool


def quant(node: NodeReader) -> Value:
    """``Quant`` and ``IntQuant``: ``(round(clamp(x / scale + zero_point)) - zero_point) * scale``."""
    scale, zero = node.constant(1, "scale").values, node.constant(2, "zero point").values
    width = node.scalar(3, "bitwidth")
    signed, narrow = node.number("signed", 1), node.number("narrow", 0)
    rounding = rounding_of(node, "ROUND")
    node.finish()
    if width != int(width) or not 1 <= width <= _MOST_BITS:
        raise node.refuse(f"bitwidth {width!r} is not an integer from 1 to {_MOST_BITS}")
    bits = int(width)
    if bits == 1 and signed:
        return _bipolar(node, scale, zero)
    low, high = (-(1 << (bits - 1)) + narrow, (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1 - narrow)
    return applied(node, Quantization(scale, zero, low, high, rounding, True))


def bipolar_quant(node: NodeReader) -> Value:
    """``BipolarQuant``: ``scale`` where x is not negative, else ``-scale``."""
    scale = node.constant(1, "scale").values
    node.finish()
    return _bipolar(node, scale, np.zeros((), np.float32))


def quantize_linear(node: NodeReader) -> Value:
    """``QuantizeLinear``; the integers that it writes are dequantized by their readers."""
    scale = _along_axis(node, node.constant(1, "scale").values)
    zero = _along_axis(node, node.constant(2, "zero point").values) if node.given(2) else np.zeros((), np.int64)
    low, high = _range(node, 2)
    node.expect("saturate", 1, advice="saturate")
    node.expect("block_size", 0, advice="use one scale per tensor or channel")
    node.expect("precision", 0, 1, advice="divide in float32")
    node.finish()
    found = applied(node, Quantization(scale, zero, low, high, AnyRounding.HALF_EVEN, False))
    if not isinstance(found, Wire):
        return found
    if np.asarray(scale).size != 1:
        raise node.refuse("has a scale per channel; use one for a tensor that is not a weight")
    return replace(found, integers=(Fraction(float(scale)), int(zero)))


def dequantize_linear(node: NodeReader) -> Value:
    """``DequantizeLinear``: of a constant, its values; of a quantized tensor, the tensor."""
    value = node.value(0)
    scale = _along_axis(node, node.constant(1, "scale").values)
    zero = _along_axis(node, node.constant(2, "zero point").values) if node.given(2) else np.zeros((), np.int64)
    node.expect("block_size", 0, advice="use one scale per tensor or channel")
    node.expect("output_dtype", 0, 1, advice="use float32")
    node.finish()
    if isinstance(value, Wire):
        return _dequantized(node, value, np.asarray(scale, np.float32), np.asarray(zero, np.int64))
    if isinstance(value, HostInput):
        raise node.refuse(f"reads integers from input {value.name!r}; let the model quantize a float32 input")
    codes = value.codes if value.codes is not None else value.values.astype(np.int64) - zero.astype(np.int64)
    scales = np.broadcast_to(np.asarray(scale, np.float32), codes.shape)
    return Constant(codes.astype(np.float32) * scales, codes, scales)


def _dequantized(node: NodeReader, wire: Wire, scale: Array, zero: Array) -> Wire:
    """The numbers that integers stand for: with the quantizer's own scale and zero point, those that it quantized."""
    if wire.integers is None:
        raise node.refuse("reads what is not an integer; put a QuantizeLinear in front of it")
    if scale.size != 1 or zero.size != 1:
        raise node.refuse("has a scale per channel; use one for a tensor that is not a weight")
    own, point = wire.integers
    factor = Fraction(float(scale.ravel()[0]))
    shift = (point - int(zero.ravel()[0])) * factor
    return replace(wire, integers=None).then((Affine(factor / own, shift),))


def applied(node: NodeReader, own: Quantization) -> Value:
    """The first input after the quantizer."""
    value = node.value(0)
    scale = np.asarray(own.scale, np.float32)
    if not (scale > 0).all():
        raise node.refuse(f"scale {float(scale.min())!r} is not positive; the model file is damaged")
    zero = np.asarray(own.zero_point, np.float64)
    if (zero != np.rint(zero)).any() or not (np.abs(zero) <= 1 << _MOST_BITS).all():
        raise node.refuse(f"zero point {float(zero.ravel()[0])!r} is not an integer; use one")
    if isinstance(value, Constant):
        return _constant(value, own, scale, zero)
    if zero.size and (zero != zero.ravel()[0]).any():
        raise node.refuse("has several zero points; use one for all channels")
    offset = int(zero.ravel()[0])
    if isinstance(value, Wire):
        value, scales = per_channel(node, value, scale, "scale")
        quantizer = _scaled(own, real(scales), offset)
        return quantized(node.network, value, quantizer, node.wanted)
    assert isinstance(value, HostInput)
    if scale.size == 1 or (scale == scale.ravel()[0]).all():
        return quantized_input(node, value, _scaled(own, real(scale.ravel()[:1]), offset))
    return quantized_input(node, value, _scaled(own, real(by_element(node, value, scale)), offset))


def _scaled(own: Quantization, scales: tuple[Fraction, ...], zero: int) -> ScaledQuantizer:
    same = scales[:1] if len(set(scales)) == 1 else scales
    return ScaledQuantizer(same, zero, own.low - zero, own.high - zero, own.rounding, own.shifted)


def _constant(value: Constant, own: Quantization, scale: Any, zero: Any) -> Constant:
    """The codes of a constant, as the framework computes them: in float32, then clamped and rounded."""
    scaled = value.values.astype(np.float32) / scale
    shifted = scaled + zero.astype(np.float32) if own.shifted else scaled
    if own.shifted:
        rounded = _rounded(np.clip(shifted.astype(np.float64), own.low, own.high), own.rounding)
    else:
        rounded = np.clip(_rounded(shifted.astype(np.float64), own.rounding) + zero, own.low, own.high)
    codes = (rounded - zero).astype(np.int64)
    scales = np.broadcast_to(scale, codes.shape)
    return Constant(codes.astype(np.float32) * scales, codes, scales)


def _rounded(values: Any, rounding: AnyRounding) -> Any:
    fixed = rounding.fixed_point
    if fixed is not None:
        return round_real(values, fixed)
    return np.ceil(values) if rounding is AnyRounding.CEIL else np.copysign(np.ceil(np.abs(values)), values)


def _bipolar(node: NodeReader, scale: Any, zero: Any) -> Value:
    """Two codes, 1 and -1: the sign of ``x / scale + zero_point``."""
    if np.asarray(zero).any():
        raise node.refuse("a signed quantizer of 1 bit has a zero point; use 0")
    value, factor = node.value(0), np.asarray(scale, np.float32)
    if not (factor > 0).all():
        raise node.refuse(f"scale {float(factor.min())!r} is not positive; the model file is damaged")
    if isinstance(value, Constant):
        codes = np.where(value.values >= 0, 1, -1).astype(np.int64)
        scales = np.broadcast_to(factor, codes.shape)
        return Constant(codes.astype(np.float32) * scales, codes, scales)
    from bxnn.compiler.frontend.onnx.bipolar import bipolar

    return bipolar(node, value, factor)


def rounding_of(node: NodeReader, default: str) -> AnyRounding:
    """The attribute ``rounding_mode``."""
    word = str(node.get("rounding_mode", default)).upper()
    name = _NAMES.get(word, word)
    if name not in ("HALF_EVEN", *_OTHERS):
        hint = "; pquant writes it for rounding toward zero, which QONNX does not know" if word == "TRUNCATE" else ""
        raise node.refuse(f"rounding_mode {word!r} is not a mode of QONNX{hint}; use {', '.join(['ROUND', *_OTHERS])}")
    return AnyRounding[name]


_OTHERS = ("FLOOR", "DOWN", "HALF_UP", "HALF_DOWN", "CEIL", "UP")


def _range(node: NodeReader, index: int) -> tuple[int, int]:
    """Range of the integers that a QuantizeLinear writes, from the type of its zero point, or from ``output_dtype``."""
    kinds = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}
    kinds |= {"uint4": (0, 15), "int4": (-8, 7), "int32": (-(1 << 31), (1 << 31) - 1)}
    written = node.number("output_dtype", 0)
    word = KINDS.get(written, f"number {written}") if written else "uint8"
    if node.given(index):
        word = node.constant(index, "zero point").kind
    if word not in kinds:
        raise node.refuse(f"zero point of type {word} is not supported; use {', '.join(kinds)}")
    return kinds[word]


def _along_axis(node: NodeReader, values: Any) -> Any:
    """A scale or a zero point of every channel, in a shape that broadcasts."""
    stored = np.asarray(values)
    axis = node.number("axis", 1)
    if stored.size == 1:
        return stored.reshape(())
    value = node.value(0)
    rank = value.values.ndim if isinstance(value, Constant) else len(value.order.shape) + 1
    if stored.ndim != 1 or not -rank <= axis < rank:
        raise node.refuse(f"scale of shape {stored.shape} along axis {axis} does not fit its input")
    shape = [1] * rank
    shape[axis] = stored.size
    return stored.reshape(shape)
