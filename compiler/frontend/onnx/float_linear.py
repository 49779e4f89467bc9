"""Weights and averages of a float ONNX network, for which types come from a calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bxnn.compiler.frontend.keras.qkeras_weights import ExactWeights
from bxnn.compiler.frontend.onnx.network import channels_first
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Array, Wire
from bxnn.compiler.ir.pooling import PLAIN_AVERAGE
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.ir.window import Window
from bxnn.compiler.plural import counted
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.zero_padding import ZeroPadding


def float_dense(node: NodeReader, wire: Wire, kernel: Array, factor: float, grid: tuple[int, ...]) -> Wire:
    """``x @ kernel + factor * bias`` along the last axis.

    Args:
        node: The node; its third input is the bias, if there is one.
        wire: The tensor.
        kernel: Shape (inputs, outputs).
        factor: Of the bias.
        grid: Shape of the tensor that a convolution of single pixels reads; one axis for a vector.
    """
    network, name = node.network, node.wanted
    own, bias = _parameter(node, kernel, "kernel"), _bias(node, kernel.shape[1], factor)
    if len(wire.shape) == 1:
        flat = network.in_order(wire, name)
        layer = network.add(name, lambda called: Dense(called, (flat.layer,), own, bias))
        return Wire(layer, np.arange(kernel.shape[1]))
    rows = network.arranged(wire, np.arange(wire.order.size).reshape(wire.shape), grid, name)
    rank = len(grid) - 1
    taps = _parameter(node, kernel.reshape(*(1,) * rank, *kernel.shape), "kernel")
    layer = network.add(name, lambda called: Conv2D(called, (rows.layer,), taps, bias, Window.pixel(rank)))
    places = (*wire.shape[:-1], kernel.shape[1])
    return Wire(layer, np.arange(math.prod(places)).reshape(places))


def float_conv(node: NodeReader, wire: Wire, kernel: Array, window: Window, groups: int) -> Wire:
    """A convolution with filters and channels first in its kernel."""
    taps = _parameter(node, np.moveaxis(kernel, (0, 1), (-1, -2)), "kernel")
    bias = _bias(node, kernel.shape[0], 1.0)
    image = node.network.image(wire, node.wanted)
    layer = node.network.add(node.wanted, lambda own: Conv2D(own, (image.layer,), taps, bias, window, groups))
    return Wire(layer, channels_first(node.network.tensors[layer].shape))


def float_average(node: NodeReader, wire: Wire, window: Window, counts_padding: bool) -> Wire:
    """The average of every window of an image; zeros around it may count as pixels."""
    image = node.network.image(wire, node.wanted)
    if window.padded and counts_padding:
        before, after = window.before, window.after
        padded = node.network.add(f"{node.wanted}_padded", lambda own: ZeroPadding(own, (image.layer,), before, after))
        image = Wire(padded, image.order)
        window = window.unpadded()
    layer = node.network.add(node.wanted, lambda own: AveragePool2D(own, (image.layer,), PLAIN_AVERAGE, None, window))
    return Wire(layer, channels_first(node.network.tensors[layer].shape))


def float_mean(node: NodeReader, wire: Wire, along: Sequence[int], left: tuple[int, ...]) -> Wire:
    """The mean over axes.

    Args:
        node: The node.
        wire: The tensor.
        along: The axes.
        left: Shape of the result.
    """
    kept = tuple(axis for axis in range(len(wire.shape)) if axis not in along)
    rows = math.prod(wire.shape[axis] for axis in along)
    moved = (*along, *kept)
    place = np.arange(wire.order.size).reshape(tuple(wire.shape[axis] for axis in moved)).transpose(np.argsort(moved))
    flat = node.network.arranged(wire, place, (rows, wire.order.size // rows), node.wanted)
    whole = Window.whole((rows,))
    layer = node.network.add(
        node.wanted, lambda own: AveragePool2D(own, (flat.layer,), PLAIN_AVERAGE, None, whole, False)
    )
    return Wire(layer, np.arange(wire.order.size // rows).reshape(left))


def _parameter(node: NodeReader, values: Array, part: str) -> Parameter:
    if values.dtype.kind != "f" or not np.isfinite(values).all():
        raise node.refuse(f"its {part} is not of finite floats; export a float model")
    return Parameter(values, ExactWeights(node.node.subject, f"{part}_quantizer"))


def _bias(node: NodeReader, outputs: int, factor: float) -> Parameter | None:
    if not node.given(2):
        return None
    values = node.constant(2, "bias").values
    if values.size not in (1, outputs):
        raise node.refuse(f"bias has shape {values.shape}, the layer {counted(outputs, 'output')}")
    return _parameter(node, np.resize(values, outputs) * np.asarray(factor, values.dtype), "bias")
