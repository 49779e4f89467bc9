"""hls4ml's averages as sums, each in one type, and divisions: in one step, or of the high and the low bits apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.pooling import PLAIN_AVERAGE, hls4ml_pool, hls4ml_sum_type, wrapping_sum_type
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.layers.reshape import Reshape
from bxnn.layers.zero_padding import ZeroPadding


def hls4ml_average(node: NodeSource) -> None:
    """Append an average of hls4ml; where its border counts, the border is zeros of a larger image.

    Source: ``pooling1d_cl``, ``pooling2d_cl`` and ``avg`` in nnet_pooling.h of hls4ml 1.3.0; division of ap_fixed in
        UG1399.
    """
    window, keep_image = hls4ml_pool(node)
    if window.padded and node.get("count_pad"):
        node.make(ZeroPadding, window.before, window.after)
        window = window.unpadded()
    accum = wrapping_sum_type(node, window)
    if accum is None and too_wide_for_one_division(node, window):
        accum = hls4ml_sum_type(node, window)
    if accum is not None:
        average_of_sums(node, window, keep_image, accum)
        return
    accum = hls4ml_sum_type(node, window)
    node.make(AveragePool2D, PLAIN_AVERAGE, None, window, keep_image, accum.format.fraction_bits + 1)
    node.cast(FixedQuantizer(accum.format, Rounding.TRN_ZERO, Overflow.WRAP))
    node.finish()


def too_wide_for_one_division(node: NodeSource, window: Window) -> bool:
    """Whether sums of a window without padding need the division of their high and low bits apart."""
    if window.padded:
        return False
    accum = hls4ml_sum_type(node, window)
    pool = AveragePool2D("y", ("x",), PLAIN_AVERAGE, None, window, True, accum.format.fraction_bits + 1)
    return not _fits(pool, (node.tensor,))


def average_of_sums(node: NodeSource, window: Window, keep_image: bool, accum: FixedQuantizer) -> None:
    """Append sums in a type, which may wrap, and the division of each alone by the number of pixels, toward zero.

    Source: ``avg`` in nnet_pooling.h of hls4ml 1.3.0.
    """
    channels, count = node.sources[0].shape[-1], int(np.prod(window.size))
    node.cast(accum)
    node.make(DepthwiseConv2D, FixedTensor(np.ones((*window.size, channels, 1), np.int64), 0), None, window)
    node.cast(accum)
    *positions, _ = node.tensor.shape
    total = node.make(Reshape, (int(np.prod(positions)), 1, channels)).name
    _divide(node, total, count, accum.format.fraction_bits + 1)
    node.cast(FixedQuantizer(accum.format, Rounding.TRN_ZERO, Overflow.WRAP))
    node.make(Reshape, (*positions, channels) if keep_image else (channels,))
    node.finish()


def _divide(node: NodeSource, total: str, count: int, decision_bits: int) -> None:
    """Append the quotient of the last layer, rounded down on a grid that decides at ``2**-decision_bits``.

    Where the product with a reciprocal would be too wide: with ``x = h 2**k + l``, ``h = q n + r`` and ``0 <= r < n``,
    ``floor(x / n)`` is ``q 2**k + floor((r 2**k + l) / n)`` on any grid.

    Args:
        node: What layers are appended to.
        total: The last layer; shape (positions, 1, channels).
        count: The divisor.
        decision_bits: As for ``AveragePool2D``.
    """
    tensor = node.tensor
    if _at_once(tensor, count, decision_bits):
        _quotient(node, total, count, decision_bits)
        return
    bits, own = tensor.bits + int(not tensor.format.signed), tensor.format.fraction_bits
    low_bits = bits // 2
    coarse = own - low_bits
    whole = bits - 1 - own
    high = _converted(node, total, FixedFormat(True, whole, coarse))
    low = _converted(node, total, FixedFormat(False, low_bits - own, own))
    _quotient(node, high, count, coarse)
    node.cast(FixedQuantizer(FixedFormat(True, whole, coarse), Rounding.TRN, Overflow.WRAP))
    quotient = node.make(Reshape, tensor.shape).name
    channels = tensor.shape[-1]
    back = node.append(Affine, (quotient,), FixedTensor(np.full(channels, -count, np.int64), 0), None).name
    rest = node.append(Add, (high, back)).name
    rest = _converted(node, rest, FixedFormat(False, ceil_log2(count) - coarse, coarse))
    _quotient(node, node.append(Add, (rest, low)).name, count, decision_bits)
    node.append(Add, (quotient, node.make(Reshape, tensor.shape).name))


def _window(count: int) -> Window:
    return Window((1, count), (1, count), (1, 1), (0, 0), (0, 0))


def _at_once(tensor: Tensor, count: int, decision_bits: int) -> bool:
    """Whether one multiplication by a reciprocal divides a tensor exactly."""
    positions, _, channels = tensor.shape
    low, high = (np.zeros((positions, count, channels), np.int64) for _ in range(2))
    low[:, :1], high[:, :1] = tensor.low, tensor.high
    pool = AveragePool2D("y", ("x",), PLAIN_AVERAGE, None, _window(count), True, decision_bits)
    return _fits(pool, (Tensor(tensor.format, low, high),))


def _fits(pool: AveragePool2D, sources: Sequence[Tensor]) -> bool:
    """Whether the products of its sums with reciprocals fit the integers of the compiler."""
    try:
        return pool.sum_bits(sources) < MAX_BITS
    except ModelError:
        return False


def _quotient(node: NodeSource, name: str, count: int, decision_bits: int) -> None:
    """Append an average with as many zeros as there were other pixels."""
    padded = node.append(ZeroPadding, (name,), (0, 0), (0, count - 1)).name
    node.append(AveragePool2D, (padded,), PLAIN_AVERAGE, None, _window(count), True, decision_bits)


def _converted(node: NodeSource, name: str, number_format: FixedFormat) -> str:
    """Some bits of a tensor."""
    quantizer = FixedQuantizer(number_format, Rounding.TRN, Overflow.WRAP)
    return node.append(ActivationLayer, (name,), quantizer).name
