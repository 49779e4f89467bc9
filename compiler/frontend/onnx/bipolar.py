"""Quantizers to two codes, 1 and -1."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from bxnn.compiler.frontend.onnx.host_inputs import quantized_input
from bxnn.compiler.frontend.onnx.node_reader import NodeReader, per_channel, real
from bxnn.compiler.frontend.onnx.values import Array, HostInput, Wire
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, Monotone, Ray
from bxnn.compiler.numeric.scaled_quantizer import AnyRounding, ScaledQuantizer, grid_of
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.threshold import Threshold

_NOT_NEGATIVE = Ray(1, Fraction(0), False)


def bipolar(node: NodeReader, value: HostInput | Wire, scale: Array) -> Wire:
    """``scale`` where a number is not negative, else ``-scale``.

    The host quantizes an input of the network to its sign bit.

    Raises:
        ModelError: If its scale does not fit the channels.
    """
    if isinstance(value, HostInput):  # one bit: -1 for negative numbers, else 0
        value = quantized_input(node, value, ScaledQuantizer((Fraction(1),), 0, -1, 0, AnyRounding.FLOOR, False))
    wire, stored = per_channel(node, value, scale, "scale")
    scales = real(stored)
    grid = grid_of(scales[0]) if len(set(scales)) == 1 else 0
    source = node.network.tensors[wire.layer]
    rows = [_row(function, source) for function in wire.functions]
    thresholds, base, step = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    layer = node.network.add(
        node.wanted,
        lambda own: Threshold(
            own,
            (wire.layer,),
            FixedTensor(thresholds[:, np.newaxis], source.format.fraction_bits),
            FixedTensor(base, grid),
            FixedTensor(step, grid),
            FixedFormat.covering(-1, 1, grid),
        ),
    )
    unit = Fraction(2) ** grid
    return Wire(layer, wire.order, tuple(IDENTITY.then(Affine(factor * unit, Fraction(0))) for factor in scales))


def _row(function: Monotone, source: Tensor) -> tuple[int, int, int]:
    """Threshold, the code below it, and the step at it."""
    numbers = function.before(_NOT_NEGATIVE)
    if isinstance(numbers, bool):
        return source.format.high + 1, 1 if numbers else -1, 2
    end = numbers.end * Fraction(2) ** source.format.fraction_bits
    above = numbers.open if numbers.direction > 0 else not numbers.open
    first = int(end // 1) + 1 if above else ceil(end)
    return (first, -1, 2) if numbers.direction > 0 else (first, 1, -2)
