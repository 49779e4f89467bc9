"""A matrix for every index of an axis, or of several: a convolution of one pixel, with a group for each."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx.float_linear import float_conv
from bxnn.compiler.frontend.onnx.linear_weights import linear_weights
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Constant, Wire
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.monotone import IDENTITY, Affine
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.conv2d import Conv2D


def grouped_dense(node: NodeReader, wire: Wire, kernel: Constant) -> Wire:
    """``y[p, g, d] = SUM over c of x[p, g, c] * kernel[g, c, d]``.

    Args:
        node: The node; its names and errors.
        wire: Of shape (positions, groups, terms).
        kernel: Of shape (groups, terms, outputs).

    Returns:
        Of shape (positions, groups, outputs).

    Raises:
        ModelError: If they do not fit together, or the kernel is not quantized.
    """
    positions, groups, terms = wire.shape
    shape = kernel.values.shape
    if shape[:2] != (groups, terms):
        raise node.refuse(f"weight of shape {shape} does not fit its input of shape {wire.shape}")
    outputs, window = shape[2], Window.pixel(1)
    filters = kernel.rearranged(lambda array: np.swapaxes(array, 1, 2).reshape(groups * outputs, terms))
    places = np.arange(positions * groups * outputs).reshape(positions, groups, outputs)
    pixels = wire.order.reshape(positions, groups * terms)
    if node.network.floats:
        found = float_conv(node, wire.reordered(pixels.T), filters.values[..., np.newaxis], window, groups)
        return found.reordered(np.swapaxes(found.order, 0, 1).reshape(places.shape))
    weights = linear_weights(node, filters, (1,))
    given = wire.reordered(pixels)
    rows = node.network.arranged(given, np.arange(pixels.size).reshape(pixels.shape), pixels.shape, node.wanted)
    taps = FixedTensor(weights.kernel.codes.T[np.newaxis], weights.kernel.fraction_bits)
    layer = node.network.add(node.wanted, lambda called: Conv2D(called, (rows.layer,), taps, None, window, groups))
    assert wire.scale is not None
    functions = tuple(IDENTITY.then(Affine(wire.scale * scale, Fraction(0))) for scale in weights.scales)
    return Wire(layer, places, functions)
