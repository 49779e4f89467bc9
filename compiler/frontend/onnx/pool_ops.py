"""Pools of images and sequences, channels first in the file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx.float_linear import float_average, float_mean
from bxnn.compiler.frontend.onnx.network import channels_first
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.pair_ops import negated
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.frontend.onnx.windows import window_of
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, MonotoneStep
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.multiply import Multiply
from bxnn.layers.sum import Sum


def max_pool(node: NodeReader) -> Value:
    """``MaxPool``: on codes, if the pending function is increasing."""
    wire = _integers_or_wire(node)
    window = _window(node, wire)
    node.expect("storage_order", 0, advice="use 0")
    node.finish()
    if not all(_rises(step) for function in wire.functions for step in function.steps):
        raise node.refuse("takes the maximum of numbers that fall as their codes rise; put a quantizer in front of it")
    return _pooled(node, wire, lambda own, source: MaxPool2D(own, (source,), window))


def _rises(step: object) -> bool:
    if isinstance(step, Affine):
        return step.factor > 0
    return isinstance(step, MonotoneStep) and step.is_monotone


def average_pool(node: NodeReader) -> Value:
    """``AveragePool``: a sum; the division stays pending until the next quantizer."""
    wire = node.channelwise(0)
    window = _window(node, wire)
    counts = node.number("count_include_pad", 0)
    node.finish()
    if node.network.floats:
        return float_average(node, wire, window, bool(counts))
    if window.padded and not counts:
        raise node.refuse("averages fewer pixels at the border; use count_include_pad=1 or no padding")
    return _mean(node, wire, window, math.prod(window.size))


def global_pool(average: bool) -> Callable[[NodeReader], Value]:
    """The reader of ``GlobalAveragePool`` or ``GlobalMaxPool``."""

    def read(node: NodeReader) -> Value:
        node.finish()
        wire = node.channelwise(0) if average else _integers_or_wire(node)
        window = Window.whole(wire.shape[1:])
        if average and node.network.floats:
            return float_average(node, wire, window, False)
        if average:
            return _mean(node, wire, window, math.prod(window.size))
        return _pooled(node, wire, lambda own, source: MaxPool2D(own, (source,), window))

    return read


def reduced(average: bool, square: bool = False) -> Callable[[NodeReader], Value]:
    """The reader of ``ReduceMean``, ``ReduceSum`` or ``ReduceSumSquare`` over any axes but the batch."""

    def read(node: NodeReader) -> Value:
        axes, keeps = _axes(node)
        node.expect("noop_with_empty_axes", 0, advice="name the axes")
        node.finish()
        wire = node.settled(0)
        along = _along(node, axes, len(wire.shape))
        count = math.prod(wire.shape[axis] for axis in along)
        if average and node.network.floats:
            return float_mean(node, wire, along, _left(wire.shape, along, keeps))
        if len(wire.shape) > 1 and along == tuple(range(1, len(wire.shape))) and not square and len(along) <= 2:
            window = Window.whole(wire.shape[1:])
            found = _mean(node, wire, window, count if average else 1)
            return found if keeps else Wire(found.layer, found.order.reshape(-1), found.functions)
        whole = node.network.in_order(wire, node.wanted)
        if square:
            name = node.network.add(f"{node.wanted}_squares", lambda own: Multiply(own, (whole.layer, whole.layer)))
            whole = Wire(name, whole.order, (IDENTITY.then(Affine((whole.scale or Fraction(1)) ** 2, Fraction(0))),))
        layer = node.network.add(node.wanted, lambda own: Sum(own, (whole.layer,), along, 0, bool(keeps)))
        order = np.arange(node.network.tensors[layer].size).reshape(_left(wire.shape, along, keeps))
        return Wire(layer, order, whole.functions).then((Affine(Fraction(1, count if average else 1), Fraction(0)),))

    return read


def reduced_max(node: NodeReader) -> Value:
    """``ReduceMax`` over any axes but the batch."""
    return _extreme(node, node.settled(0))


def reduced_min(node: NodeReader) -> Value:
    """``ReduceMin``: the largest of the negatives, negated."""
    wire = node.settled(0)
    negative = negated(node.network, wire, f"{node.wanted}_negative")
    return _extreme(node, negative).then((Affine(Fraction(-1), Fraction(0)),))


def _extreme(node: NodeReader, wire: Wire) -> Wire:
    axes, keeps = _axes(node)
    node.expect("noop_with_empty_axes", 0, advice="name the axes")
    node.finish()
    if (wire.scale or 0) <= 0:
        raise node.refuse("takes the maximum of numbers that fall as their codes rise; put a quantizer in front of it")
    along = _along(node, axes, len(wire.shape))
    kept = tuple(axis for axis in range(len(wire.shape)) if axis not in along)
    rows = math.prod(wire.shape[axis] for axis in along)
    place = np.arange(wire.order.size).reshape(*(wire.shape[axis] for axis in (*along, *kept)))
    place = place.transpose(np.argsort((*along, *kept)))
    flat = node.network.arranged(wire, place, (rows, wire.order.size // rows), node.wanted)
    window = Window.whole((rows,))
    layer = node.network.add(node.wanted, lambda own: MaxPool2D(own, (flat.layer,), window, False))
    order = np.arange(wire.order.size // rows).reshape(_left(wire.shape, along, keeps))
    return Wire(layer, order, flat.functions)


def _axes(node: NodeReader) -> tuple[Sequence[int] | None, int]:
    axes = node.integers(1, "axes") if node.given(1) else node.get("axes", None)
    return axes, node.number("keepdims", 1)


def _along(node: NodeReader, axes: Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Axes without the batch axis."""
    listed = [] if axes is None else [axis + rank + 1 if axis < 0 else axis for axis in axes]
    if not listed or not all(0 < axis <= rank for axis in listed):
        raise node.refuse(f"axes {axes!r} are not supported; name axes other than the batch")
    return tuple(sorted({axis - 1 for axis in listed}))


def _left(shape: tuple[int, ...], along: tuple[int, ...], keeps: int) -> tuple[int, ...]:
    if keeps:
        return tuple(1 if axis in along else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in along)


def _integers_or_wire(node: NodeReader) -> Wire:
    """The input; a pool of the integers of a QuantizeLinear picks the same elements."""
    value = node.value(0)
    return value if isinstance(value, Wire) else node.wire(0)


def _window(node: NodeReader, wire: Wire) -> Window:
    size = node.get("kernel_shape", ())
    rank = len(wire.shape) - 1
    if (
        rank not in (1, 2)
        or len(size) != rank
        or not all(isinstance(taps, int) and 0 < taps < 1 << 16 for taps in size)
    ):
        raise node.refuse(f"kernel_shape {size!r} does not fit its input of shape {wire.shape}")
    window = window_of(node, tuple(size), wire.shape[1:])
    if node.number("ceil_mode", 0):
        for pixels, taps, stride, spread, near, far in zip(
            wire.shape[1:], *(window.size, window.stride, window.dilation, window.before, window.after), strict=True
        ):
            if (pixels + near + far - (taps - 1) * spread - 1) % stride:
                raise node.refuse("ceil_mode adds windows beyond the image; use ceil_mode=0")
    return window


def _pooled(node: NodeReader, wire: Wire, make: Callable[[str, str], MaxPool2D]) -> Wire:
    image = node.network.image(wire, node.wanted)
    layer = node.network.add(node.wanted, lambda own: make(own, image.layer))
    return Wire(layer, channels_first(node.network.tensors[layer].shape), image.functions, wire.integers)


def _mean(node: NodeReader, wire: Wire, window: Window, divisor: int) -> Wire:
    """Sums of the pixels of every window, and the division, which stays pending."""
    image = node.network.image(wire, node.wanted)
    channels = node.network.tensors[image.layer].shape[-1]
    ones = FixedTensor(np.ones((*window.size, channels, 1), np.int64), 0)
    layer = node.network.add(node.wanted, lambda own: DepthwiseConv2D(own, (image.layer,), ones, None, window))
    summed = Wire(layer, channels_first(node.network.tensors[layer].shape), image.functions)
    return summed.then((Affine(Fraction(1, divisor), Fraction(0)),))
