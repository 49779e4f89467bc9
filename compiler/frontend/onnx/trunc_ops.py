"""Trunc of QONNX, and MultiThreshold of FINN.

Source: qonnx 1.0, ``custom_op/general/trunc.py`` and ``multithreshold.py``.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, log2

import numpy as np

from bxnn.compiler.frontend.onnx.channels_last_ops import channels_last
from bxnn.compiler.frontend.onnx.node_reader import NodeReader, per_channel, real
from bxnn.compiler.frontend.onnx.quantizer_ops import rounding_of
from bxnn.compiler.frontend.onnx.requantize import quantized
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, Monotone, Ray
from bxnn.compiler.numeric.scaled_quantizer import AnyRounding, ScaledQuantizer, grid_of
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.threshold import Threshold

_MOST_BITS = 32


def trunc(node: NodeReader) -> Value:
    """``Trunc``: low bits of an integer are dropped.

    Version 1 keeps the scale, so that the value shrinks by ``2**(in_bits - out_bits)``; version 2 names the new one.
    """
    rounding = rounding_of(node, "FLOOR")
    scale, zero = node.scalar(1, "scale"), node.scalar(2, "zero point")
    if zero or scale <= 0:
        raise node.refuse("has a zero point, or a scale that is not positive; use a Quant instead")
    if node.node.version >= 2:
        return _to_scale(node, rounding, Fraction(scale))
    before, after = node.scalar(3, "input bitwidth"), node.scalar(4, "output bitwidth")
    node.finish()
    if before != int(before) or after != int(after) or not 0 < after <= before <= _MOST_BITS:
        raise node.refuse("does not drop a whole number of bits; use a Quant instead")
    factor, reach = Fraction(2) ** (int(before) - int(after)), 1 << _MOST_BITS
    return _cut(node, Fraction(scale), factor, (-reach, reach), rounding).then((Affine(1 / factor, Fraction(0)),))


def _to_scale(node: NodeReader, rounding: AnyRounding, scale: Fraction) -> Wire:
    """Version 2: the ratio of the scales, rounded to a power of two, says how many bits are dropped."""
    wanted, bits = node.scalar(4, "output scale"), node.scalar(5, "output bitwidth")
    signed, narrow = node.number("signed", 1), node.number("narrow", 0)
    node.finish()
    if wanted <= 0 or bits != int(bits) or not 1 < bits <= _MOST_BITS:
        raise node.refuse(f"output scale {wanted!r} or bitwidth {bits!r} is not supported; use a Quant instead")
    factor = Fraction(2) ** round(log2(Fraction(wanted) / scale))
    top = 1 << (int(bits) - signed)
    ends = (-top + narrow, top - 1) if signed else (0, top - 1 - narrow)
    found = _cut(node, scale, factor, ends, rounding)
    return found.then((Affine(Fraction(wanted) / (scale * factor), Fraction(0)),))


def _cut(node: NodeReader, scale: Fraction, factor: Fraction, ends: tuple[int, int], rounding: AnyRounding) -> Wire:
    """The input, multiples of ``scale``, rounded to multiples of ``factor * scale`` within the ends."""
    wire = node.wire(0)
    if wire.scale is None or (wire.scale / scale).denominator != 1:
        raise node.refuse("reads numbers that are not multiples of its scale; put a Quant of that scale in front of it")
    return quantized(node.network, wire, ScaledQuantizer((scale * factor,), 0, *ends, rounding, False), node.wanted)


def multi_threshold(node: NodeReader) -> Value:
    """``MultiThreshold``: ``out_scale * #{k : x >= thresholds[c, k]} + out_bias``."""
    if node.get("data_layout", "NCHW") in ("NHWC", "NWC"):
        own = replace(node.node, attributes={**node.node.attributes, "data_layout": "NCHW"})
        return channels_last(multi_threshold, 1)(replace(node, node=own))
    thresholds = node.constant(1, "thresholds").values
    scale, shift = node.get("out_scale", 1.0), node.get("out_bias", 0.0)
    node.expect("data_layout", "NCHW", "NCW", "NC", "", advice="use NCHW or NHWC")
    node.get("out_dtype")
    node.finish()
    if thresholds.ndim != 2 or not scale > 0:
        raise node.refuse(f"thresholds of shape {thresholds.shape} or out_scale {scale!r} are not supported")
    wire = node.wire(0)
    rows = np.empty(len(thresholds), object)
    rows[:] = list(range(len(thresholds)))
    axes = (1, -1, *(1,) * (len(wire.shape) - 1)) if len(thresholds) > 1 else (1,)
    wire, chosen = per_channel(node, wire, rows.reshape(axes), "thresholds")
    source = node.network.tensors[wire.layer]
    count = max(len(wire.functions), len(chosen))
    stairs = [
        _row(
            wire.functions[channel % len(wire.functions)], real(thresholds[int(chosen[channel % len(chosen)])]), source
        )
        for channel in range(count)
    ]
    grid, unit = grid_of(Fraction(scale)), Fraction(2) ** grid_of(Fraction(scale))
    steps, rest = Fraction(shift) / Fraction(scale), Fraction(shift)
    if steps.denominator == 1 and abs(steps) < 1 << _MOST_BITS:  # whole steps: part of the codes
        stairs, rest = [(found, base + int(steps), step) for found, base, step in stairs], Fraction(0)
    first = int(steps) if not rest else 0
    layer = _layer(node, wire, stairs, (first, first + thresholds.shape[1]), grid)
    return Wire(layer, wire.order, (IDENTITY.then(Affine(Fraction(scale) * unit, rest)),))


def _row(function: Monotone, ends: tuple[Fraction, ...], source: Tensor) -> tuple[list[int], int, int]:
    """Thresholds as integers, the count at the lowest of them, and what each adds."""
    grid = Fraction(2) ** source.format.fraction_bits
    low, high = int(source.low.min()), int(source.high.max())
    found, base, step = [], 0, 1
    for end in ends:
        numbers = function.before(Ray(1, end, False))
        if isinstance(numbers, bool):
            base += numbers
            continue
        place = numbers.end * grid
        if numbers.direction > 0:
            first = ceil(place) if not numbers.open else int(place // 1) + 1
            base += first <= low
        else:
            step = -1
            first = int(place // 1) + 1 if not numbers.open else ceil(place)
            base += first > low
        if low < first <= high:
            found.append(first)
    return sorted(found), base, step


def _layer(
    node: NodeReader, wire: Wire, stairs: list[tuple[list[int], int, int]], ends: tuple[int, int], grid: int
) -> str:
    source = node.network.tensors[wire.layer]
    codes = np.full((len(stairs), ends[1] - ends[0]), source.format.high + 1, np.int64)
    for row, (found, _, _) in zip(codes, stairs, strict=True):
        row[: len(found)] = found
    base = FixedTensor(np.array([stair[1] for stair in stairs], np.int64), grid)
    step = FixedTensor(np.array([stair[2] for stair in stairs], np.int64), grid)
    own, result = FixedTensor(codes, source.format.fraction_bits), FixedFormat.covering(*ends, grid)
    return node.network.add(node.wanted, lambda name: Threshold(name, (wire.layer,), own, base, step, result))
