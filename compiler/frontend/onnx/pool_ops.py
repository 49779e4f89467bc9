"""Pools of images and sequences, channels first in the file."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx.network import channels_first
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.frontend.onnx.windows import window_of
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.monotone import Affine, MonotoneStep
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.layers.maxpool2d import MaxPool2D


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
    wire = node.settled(0)
    window = _window(node, wire)
    counts = node.number("count_include_pad", 0)
    node.finish()
    if window.padded and not counts:
        raise node.refuse("averages fewer pixels at the border; use count_include_pad=1 or no padding")
    return _mean(node, wire, window, math.prod(window.size))


def global_pool(average: bool) -> Callable[[NodeReader], Value]:
    """The reader of ``GlobalAveragePool`` or ``GlobalMaxPool``."""

    def read(node: NodeReader) -> Value:
        node.finish()
        wire = node.settled(0) if average else _integers_or_wire(node)
        window = Window.whole(wire.shape[1:])
        if average:
            return _mean(node, wire, window, math.prod(window.size))
        return _pooled(node, wire, lambda own, source: MaxPool2D(own, (source,), window))

    return read


def reduce_over_image(average: bool) -> Callable[[NodeReader], Value]:
    """The reader of ``ReduceMean`` or ``ReduceSum`` over all axes of an image."""

    def read(node: NodeReader) -> Value:
        axes = node.integers(1, "axes") if node.given(1) else node.get("axes", None)
        keeps = node.number("keepdims", 1)
        node.expect("noop_with_empty_axes", 0, advice="name the axes")
        node.finish()
        wire = node.settled(0)
        rank = len(wire.shape) + 1
        wanted = sorted(axis % rank for axis in axes) if axes else []
        if rank < 3 or wanted != list(range(2, rank)):
            raise node.refuse(f"axes {axes!r} are not those of an image after its channels; reduce over the image")
        window = Window.whole(wire.shape[1:])
        found = _mean(node, wire, window, math.prod(window.size) if average else 1)
        return found if keeps else Wire(found.layer, found.order.reshape(-1), found.functions)

    return read


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
