"""Gemm, MatMul and Conv: exact sums of integer products; scales and shifts are pending until the next quantizer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx import pair_ops
from bxnn.compiler.frontend.onnx.channel_scales import channel_factors
from bxnn.compiler.frontend.onnx.float_linear import float_conv, float_dense
from bxnn.compiler.frontend.onnx.grouped_dense import grouped_dense
from bxnn.compiler.frontend.onnx.linear_weights import LinearWeights, linear_weights
from bxnn.compiler.frontend.onnx.network import channels_first
from bxnn.compiler.frontend.onnx.node_reader import NodeReader, real, together
from bxnn.compiler.frontend.onnx.values import Constant, Value, Wire
from bxnn.compiler.frontend.onnx.windows import window_of
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, Monotone
from bxnn.compiler.numeric.scaled_quantizer import exponent_of
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense

_BIAS_BITS = 40  # of a bias that is added in the layer
_FINER_BITS = 8  # by which the bias's grid may be finer than that of the products
_LARGEST_IMAGE = 2
_HEADS = 3  # axes of a stack of matrices


def gemm(node: NodeReader) -> Value:
    """``Gemm``: ``alpha * (x @ W) + beta * b``."""
    alpha, beta = (_factor(node, key) for key in ("alpha", "beta"))
    node.expect("transA", 0, advice="use 0")
    transposed = bool(node.number("transB", 0))
    node.finish()
    kernel = node.constant(1, "weight")
    return dense(node, kernel.rearranged(np.transpose) if transposed else kernel, None, alpha, beta)


def _factor(node: NodeReader, key: str) -> Fraction:
    """A factor of the product or of the bias."""
    value = node.get(key, 1.0)
    if not isinstance(value, float) or not math.isfinite(value) or (key == "alpha" and value == 0):
        raise node.refuse(f"{key} {value!r} is not supported; use a number other than 0")
    return Fraction(value)


def matmul(node: NodeReader) -> Value:
    """``MatMul`` of the network's data and a constant, or of two tensors of the network."""
    node.finish()
    if node.is_constant(1):
        kernel = _matrix(node.constant(1, "weight"))
        if kernel.values.ndim == 1:
            found = dense(node, kernel.rearranged(lambda array: array[:, np.newaxis]))
            return found.reordered(found.order[..., 0])
        return _stacked(node, kernel) if kernel.values.ndim == _HEADS else dense(node, kernel)
    if node.is_constant(0):
        return _from_left(node, node.constant(0, "weight"))
    return pair_ops.matrix_product(node)


def _stacked(node: NodeReader, kernel: Constant) -> Wire:
    """A matrix for every index of the first axis, such as one per head."""
    wire = node.settled(0)
    if len(wire.shape) != _HEADS or wire.shape[0] != kernel.values.shape[0]:
        raise node.refuse(f"weight of shape {kernel.values.shape} does not fit its input of shape {wire.shape}")
    found = grouped_dense(node, wire.reordered(np.swapaxes(wire.order, 0, 1)), kernel)
    return found.reordered(np.swapaxes(found.order, 0, 1))


def _from_left(node: NodeReader, kernel: Constant) -> Wire:
    """``W @ x``: the transpose of ``x.T @ W.T``, as graph networks multiply by their adjacency."""
    wire, kernel = node.settled(1), _matrix(kernel)
    if len(wire.shape) < 2 or kernel.values.ndim != 2:
        raise node.refuse(f"multiplies a constant of shape {kernel.values.shape} and a tensor of shape {wire.shape}")
    found = dense(node, kernel.rearranged(np.transpose), wire.reordered(np.swapaxes(wire.order, -1, -2)))
    return found.reordered(np.swapaxes(found.order, -1, -2))


def _matrix(kernel: Constant) -> Constant:
    """A constant without axes of size 1 for the batch."""
    while kernel.values.ndim > 2 and kernel.values.shape[0] == 1:
        kernel = kernel.rearranged(lambda array: array[0])
    return kernel


def dense(
    node: NodeReader,
    kernel: Constant,
    given: Wire | None = None,
    alpha: Fraction = Fraction(1),
    beta: Fraction = Fraction(1),
) -> Wire:
    """``alpha * (x @ kernel) + beta * bias`` along the last axis of ``given``, or of the first input.

    Raises:
        ModelError: If they do not fit together, or the kernel is not quantized.
    """
    if kernel.values.ndim != 2:
        raise node.refuse(f"weight of shape {kernel.values.shape} is not a matrix; use one for all elements of a batch")
    weights, wire = _read(node, kernel, (0,), lambda: node.settled(0) if given is None else given)
    if not wire.shape or kernel.values.shape[0] != wire.shape[-1]:
        raise node.refuse(f"weight of shape {kernel.values.shape} does not fit its input of shape {wire.shape}")
    outputs = kernel.values.shape[1]
    name, network = node.wanted, node.network
    if weights is None:
        return float_dense(node, wire, kernel.values * np.float32(alpha), float(beta), _pixels(wire.shape))
    weights = replace(weights, scales=tuple(alpha * scale for scale in weights.scales))
    assert wire.scale is not None
    scales, bias, shifts = _bias(node, wire, (wire.scale,), weights, outputs, beta)
    if len(wire.shape) == 1:
        flat = network.flat(wire, name)
        codes = np.zeros((network.tensors[flat.layer].size, outputs), np.int64)
        np.add.at(codes, wire.order, weights.kernel.codes)  # an element may be read several times
        own = FixedTensor(codes, weights.kernel.fraction_bits)
        layer = network.add(name, lambda called: Dense(called, (flat.layer,), own, bias))
        return Wire(layer, np.arange(outputs), _functions(scales, shifts))
    *image, channels = wire.shape
    grid = _pixels(wire.shape)
    rank = len(grid) - 1
    rows = network.arranged(wire, np.arange(wire.order.size).reshape(wire.shape), grid, name)
    taps = FixedTensor(weights.kernel.codes.reshape(*(1,) * rank, channels, outputs), weights.kernel.fraction_bits)
    layer = network.add(name, lambda called: Conv2D(called, (rows.layer,), taps, bias, Window.pixel(rank)))
    places = np.arange(math.prod(image) * outputs).reshape(*image, outputs)
    return Wire(layer, places, _functions(scales, shifts))


def _pixels(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The image whose pixels are the rows of a tensor."""
    return shape if len(shape) <= _LARGEST_IMAGE + 1 else (math.prod(shape[:-1]), shape[-1])


def conv(node: NodeReader) -> Value:
    """``Conv`` of images and sequences, channels first in the file."""
    kernel = node.constant(1, "weight")
    rank = kernel.values.ndim - 2
    if rank not in (1, 2):
        raise node.refuse(f"weight of shape {kernel.values.shape} is not supported; use windows of one or two axes")
    alone = kernel.values.shape[1] == 1  # each channel by itself
    tensor = node.channelwise if alone else node.settled
    weights, wire = _read(node, kernel, tuple(range(1, rank + 2)), lambda: tensor(0))
    if len(wire.shape) != rank + 1:
        raise node.refuse(f"weight of shape {kernel.values.shape} does not fit its input of shape {wire.shape}")
    groups = node.number("group", 1)
    filters, used, *size = kernel.values.shape
    if groups < 1 or used * groups != wire.shape[0] or filters % groups:
        raise node.refuse(f"group {groups} does not fit {wire.shape[0]} channels and {filters} filters")
    if tuple(node.get("kernel_shape", tuple(size))) != tuple(size):
        raise node.refuse(f"kernel_shape does not fit a weight of shape {kernel.values.shape}; the file is damaged")
    window = window_of(node, tuple(size), wire.shape[1:])
    node.finish()
    if weights is None:
        return float_conv(node, wire, kernel.values, window, groups)
    taps = FixedTensor(np.moveaxis(weights.kernel.codes, (0, 1), (-1, -2)), weights.kernel.fraction_bits)
    image = node.network.image(wire, node.wanted)
    own = channel_factors(image) or (image.scale or Fraction(1),)
    incoming = own if len(own) == 1 else tuple(own[n * groups // filters] for n in range(filters))
    scales, bias, shifts = _bias(node, image, incoming, weights, filters)
    layer = node.network.add(node.wanted, lambda called: Conv2D(called, (image.layer,), taps, bias, window, groups))
    return Wire(layer, channels_first(node.network.tensors[layer].shape), _functions(scales, shifts))


def _read(
    node: NodeReader, kernel: Constant, summed: tuple[int, ...], tensor: Callable[[], Wire]
) -> tuple[LinearWeights | None, Wire]:
    """The weights as integers, ``None`` in a float network, and the tensor that they multiply."""
    return (None, tensor()) if node.network.floats else together(lambda: linear_weights(node, kernel, summed), tensor)


def _functions(scales: tuple[Fraction, ...], shifts: tuple[Fraction, ...]) -> tuple[Monotone, ...]:
    """The meaning of the codes of every output channel, or of all of them."""
    count = max(len(scales), len(shifts))
    pairs = [(scales[channel % len(scales)], shifts[channel % len(shifts)]) for channel in range(count)]
    return tuple(IDENTITY.then(Affine(scale, shift)) for scale, shift in pairs)


def _bias(
    node: NodeReader,
    wire: Wire,
    incoming: tuple[Fraction, ...],
    weights: LinearWeights,
    outputs: int,
    factor: Fraction = Fraction(1),
) -> tuple[tuple[Fraction, ...], FixedTensor | None, tuple[Fraction, ...]]:
    """Scales of the results, the bias that the layer adds, and what remains to be added after the scale.

    A bias on a short binary grid of the results' scale is added in the layer; any other stays pending until the next
    quantizer.
    """
    count = max(len(incoming), len(weights.scales))
    scales = tuple(incoming[n % len(incoming)] * weights.scales[n % len(weights.scales)] for n in range(count))
    if not node.given(2):
        return scales, None, (Fraction(0),)
    values = node.constant(2, "bias")
    if values.values.size not in (1, outputs):
        raise node.refuse(f"bias has shape {values.values.shape}, the layer {counted(outputs, 'output')}")
    exact = tuple(factor * number for number in _bias_values(node, values, outputs))
    parts = [shift / scales[channel % len(scales)] for channel, shift in enumerate(exact)]
    if all(exponent_of(Fraction(1, part.denominator)) is not None for part in parts):
        grid = max(part.denominator.bit_length() - 1 for part in parts)
        codes = [int(part * 2**grid) for part in parts]
        products = node.network.tensors[wire.layer].format.fraction_bits + weights.kernel.reduced().fraction_bits
        if grid <= products + _FINER_BITS and max(abs(code) for code in codes) < 1 << _BIAS_BITS:
            return scales, FixedTensor(np.array(codes, np.int64), grid), (Fraction(0),)
    return scales, None, exact


def _bias_values(node: NodeReader, bias: Constant, outputs: int) -> tuple[Fraction, ...]:
    """Exact numbers: for a quantized bias, its integers times its stored scale."""
    if "bias" in node.types:
        stored = np.resize(bias.values, outputs)
        exact = node.types["bias"].constant(f"layers: {node.wanted}: bias", stored, outputs)
        return tuple(Fraction(code) / Fraction(2) ** exact.fraction_bits for code in exact.codes.tolist())
    if bias.codes is None or bias.scales is None:
        return real(np.resize(bias.values, outputs))
    pairs = zip(np.resize(bias.codes, outputs).tolist(), real(np.resize(bias.scales, outputs)), strict=True)
    return tuple(code * scale for code, scale in pairs)
