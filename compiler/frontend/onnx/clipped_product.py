"""Staircases of channels as one multiplication each: a product, cut to the result's grid and clamped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, FixedPointQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.staircase import Multiplier, Staircase
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.dense import Dense
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D


def clipped_product(
    network: Network, source: str, stairs: Sequence[Staircase], found: Multiplier, grid: int, wanted: str
) -> str:
    """The layers for ``clip((A * factor + shift) >> bits)``; the name of the last.

    Args:
        network: The layers are added to it.
        source: The layer whose codes are ``A``.
        stairs: What the result is equal to: one for all channels of the last axis, or one for each.
        found: The multiplier, proven equal to the staircases.
        grid: Fraction bits of the result.
        wanted: Name of the tensor in the file.
    """
    tensor = network.tensors[source]
    channels, rank = tensor.shape[-1], len(tensor.shape) - 1
    factors, shifts = (np.resize(codes, channels) for codes in (found.factors, found.shifts))
    kernel = FixedTensor(factors, found.shift + grid - tensor.format.fraction_bits)
    bias = FixedTensor(shifts, found.shift + grid)
    product = f"{wanted}_product"
    if rank == 0:
        diagonal = FixedTensor(np.diag(kernel.codes), kernel.fraction_bits)
        read = network.add(product, lambda own: Dense(own, (source,), diagonal, bias))
    else:
        taps = FixedTensor(kernel.codes.reshape(*(1,) * rank, -1, 1), kernel.fraction_bits)
        window = Window.pixel(rank)
        read = network.add(product, lambda own: DepthwiseConv2D(own, (source,), taps, bias, window))
    cut = _clip(stairs, found, tensor, grid)
    return network.add(wanted, lambda own: ActivationLayer(own, (read,), cut))


def _clip(stairs: Sequence[Staircase], found: Multiplier, source: Tensor, grid: int) -> FixedPointQuantizer:
    """The clamp of the products: one for all channels where that is the same, as a channel may not reach the ends."""
    ends: Int = np.array([sorted((stair.base, stair.last)) for stair in stairs], np.int64).T
    (lows, highs), (low, high) = ends, (int(ends[0].min()), int(ends[1].max()))
    reached = (
        source.low.reshape(-1, len(stairs)).min(axis=0),
        source.high.reshape(-1, len(stairs)).max(axis=0),
    )
    products = [codes * found.factors + found.shifts >> found.shift for codes in reached]
    least, most = np.minimum(*products), np.maximum(*products)
    is_free = (lows == highs) | (((lows == low) | (least >= lows)) & ((highs == high) | (most <= highs)))
    if is_free.all():
        number_format = FixedFormat.covering(low, high, grid)
        return FixedQuantizer(number_format, Rounding.TRN, Overflow.SAT, low, high)
    grids = np.full(len(stairs), grid, np.int64)
    columns = np.stack([grids, np.where(is_free, low, lows), np.where(is_free, high, highs)])
    per_channel = columns.reshape(3, *(1,) * (len(source.shape) - 1), -1)
    return ElementQuantizer.of_columns(per_channel, Rounding.TRN, wraps=False)
