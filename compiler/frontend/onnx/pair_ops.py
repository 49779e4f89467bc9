"""Operations on two tensors of the network, element by element or as matrices, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import gcd

import numpy as np

from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.node_reader import NodeReader, per_channel, real, settled
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, Clamp, Monotone
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine as AffineLayer
from bxnn.layers.gather import Gather
from bxnn.layers.maximum import Maximum
from bxnn.layers.minimum import Minimum
from bxnn.layers.multiply import Multiply
from bxnn.layers.subtract import Subtract
from bxnn.layers.sum import Sum

_MOST_BITS = 16  # of two operands together whose scales have no simple ratio
_LARGEST_POWER = 4
_SCALE_BITS = 24  # of the integers whose ratio is that of the scales

_Pair = Callable[[str, tuple[str, ...]], Layer]


def added(node: NodeReader) -> Wire:
    """The sum of tensors."""
    return _common(node, Add, [node.channelwise(index) for index in range(len(node.values))])


def subtracted(node: NodeReader) -> Wire:
    """The difference of two tensors."""
    return _common(node, Subtract, [node.channelwise(0), node.channelwise(1)])


def averaged(node: NodeReader) -> Value:
    """``Mean``: the division stays pending until the next quantizer."""
    node.finish()
    count = len(node.values)
    return added(node).then((Affine(Fraction(1, count), Fraction(0)),)) if count > 1 else node.value(0)


def summed(node: NodeReader) -> Value:
    """``Sum`` of any number of tensors."""
    node.finish()
    return added(node) if len(node.values) > 1 else node.value(0)


def extreme(largest: bool) -> Callable[[NodeReader], Value]:
    """The reader of ``Max`` or ``Min`` of tensors."""
    pair: _Pair = Maximum if largest else Minimum

    def read(node: NodeReader) -> Value:
        node.finish()
        if len(node.values) == 2 and node.is_constant(0) != node.is_constant(1):
            return _bounded(node, int(node.is_constant(0)), largest)
        wires = [node.channelwise(index) for index in range(len(node.values))]
        found = wires[0]
        for wire in wires[1:]:
            found = _common(node, pair, [found, wire])
        return found

    return read


def _bounded(node: NodeReader, place: int, below: bool) -> Value:
    """The larger, or the smaller, of a tensor and a constant, one number for all channels or one for each."""
    bounds = node.constant(1 - place, "bound").values
    wire, stored = per_channel(node, node.wire(place), bounds, "bound")
    return wire.then(tuple(Clamp(end, None) if below else Clamp(None, end) for end in real(stored)))


def multiplied(node: NodeReader) -> Wire:
    """The product of two tensors: the scales are multiplied too."""
    first, second = node.settled(0), node.settled(1)
    names, order = _aligned(node, [first, second])
    layer = node.network.add(node.wanted, lambda own: Multiply(own, names))
    return Wire(layer, order, _scaled(first, second))


def absolute(node: NodeReader) -> Wire:
    """``Abs``: the larger of the codes and their negatives."""
    node.finish()
    wire = node.settled(0)
    negative = negated(node.network, wire, f"{node.wanted}_negative").layer
    layer = node.network.add(node.wanted, lambda own: Maximum(own, (wire.layer, negative)))
    return Wire(layer, wire.order, (IDENTITY.then(Affine(abs(wire.scale or Fraction(1)), Fraction(0))),))


def negated(network: Network, wire: Wire, wanted: str) -> Wire:
    """A wire whose codes are the negatives; its scale stays."""
    codes = FixedTensor(np.full(network.tensors[wire.layer].shape[-1], -1, np.int64), 0)
    layer = network.add(wanted, lambda own: AffineLayer(own, (wire.layer,), codes, None))
    return replace(wire, layer=layer)


def power(node: NodeReader) -> Value:
    """``Pow`` with a small whole exponent: products of the codes."""
    node.finish()
    exponent, wire = node.scalar(1, "exponent"), node.settled(0)
    if exponent not in range(1, _LARGEST_POWER + 1):
        raise node.refuse(f"exponent {exponent:g} is not supported; use one of 1 to {_LARGEST_POWER}, or a table")
    found = wire
    for number in range(2, int(exponent) + 1):
        name = node.wanted if number == exponent else f"{node.wanted}_of{number}"
        read = (found.layer, wire.layer)
        layer = node.network.add(name, lambda own, names=read: Multiply(own, names))  # type: ignore[misc]
        found = Wire(layer, wire.order, _scaled(found, wire))
    return found


def matrix_product(node: NodeReader) -> Wire:
    """``MatMul`` of two tensors of the network, which have the batch and perhaps other axes in common."""
    first, second = node.settled(0), node.settled(1)
    fits = len(first.shape) == len(second.shape) >= 2 and first.shape[-1] == second.shape[-2]
    if not fits or first.shape[:-2] != second.shape[:-2]:
        raise node.refuse(f"multiplies shapes {first.shape} and {second.shape}, which do not fit together")
    rows, terms, columns = first.shape[-2], first.shape[-1], second.shape[-1]
    heads = first.shape[:-2]
    wide = (*heads, rows, columns, terms)
    left = np.broadcast_to(first.order[..., :, np.newaxis, :], wide)
    right = np.broadcast_to(np.swapaxes(second.order, -1, -2)[..., np.newaxis, :, :], wide)
    return summed_products(node, (first, second), (left, right), 1)


def summed_products(node: NodeReader, wires: tuple[Wire, Wire], orders: tuple[Int, Int], summed: int) -> Wire:
    """Products of elements of two tensors, summed over the last axes.

    Args:
        node: Its name is that of the result.
        wires: The tensors.
        orders: For each, the element of its layer that is in every product; of one shape.
        summed: Number of the last axes that are summed.
    """
    network, name = node.network, node.wanted
    shape = orders[0].shape
    kept = shape[: len(shape) - summed]
    picked = [
        network.add(f"{name}_x{n}", lambda own, w=wire, o=order: Gather.of(own, w.layer, o))  # type: ignore[misc]
        for n, (wire, order) in enumerate(zip(wires, orders, strict=True))
    ]
    product = f"{name}_products" if summed else name
    layer = network.add(product, lambda own: Multiply(own, tuple(picked)))
    if summed:
        axes = tuple(range(len(kept), len(shape)))
        layer = network.add(name, lambda own: Sum(own, (layer,), axes))
    return Wire(layer, np.arange(int(np.prod(kept))).reshape(kept), _scaled(*wires))


def _scaled(first: Wire, second: Wire) -> tuple[Monotone, ...]:
    """The meaning of products of codes."""
    return (IDENTITY.then(Affine((first.scale or Fraction(1)) * (second.scale or Fraction(1)), Fraction(0))),)


def _common(node: NodeReader, make: _Pair, wires: Sequence[Wire]) -> Wire:
    """A function of tensors that commutes with a positive factor: they get one scale, or have the same per channel."""
    first = wires[0]
    if all(_is_alike(node.network, wire, first) for wire in wires) and first.common is None:
        layer = node.network.add(node.wanted, lambda own: make(own, tuple(wire.layer for wire in wires)))
        return Wire(layer, first.order, first.functions)
    wires = [settled(wire, node.network, node.wanted, node.refuse) for wire in wires]
    same, scale = _of_one_scale(node, wires)
    names, order = _aligned(node, same)
    layer = node.network.add(node.wanted, lambda own: make(own, names))
    return Wire(layer, order, (IDENTITY.then(Affine(scale, Fraction(0))),))


def _is_alike(network: Network, wire: Wire, other: Wire) -> bool:
    """Whether two tensors have the same elements at the same places of their layers, with the same scales."""
    same_shape = network.tensors[wire.layer].shape == network.tensors[other.layer].shape
    return same_shape and wire.functions == other.functions and np.array_equal(wire.order, other.order)


def _of_one_scale(node: NodeReader, wires: Sequence[Wire]) -> tuple[list[Wire], Fraction]:
    """Tensors whose codes stand for multiples of one scale, which is returned.

    Two scales are multiples of a common one; if they are not equal, each tensor is multiplied by an integer first.
    """
    scales = [wire.scale or Fraction(1) for wire in wires]
    if len(set(scales)) == 1 and scales[0] > 0:
        return list(wires), scales[0]
    tensors = [node.network.tensors[wire.layer] for wire in wires]
    steps = [scale / Fraction(2) ** own.format.fraction_bits for scale, own in zip(scales, tensors, strict=True)]
    shown = " and ".join(f"{float(step):.6g}" for step in steps)
    unit = _greatest_common(scales)
    factors = [int(scale / unit) for scale in scales]
    bits = sum(int(own.high.max() - own.low.min()).bit_length() for own in tensors)  # of different codes
    if bits > _MOST_BITS or max(abs(factor) for factor in factors) >= 1 << _SCALE_BITS:
        raise node.refuse(f"combines numbers of scales {shown}; share one quantizer between the branches")
    found = []
    for number, (wire, factor) in enumerate(zip(wires, factors, strict=True)):
        channels = node.network.tensors[wire.layer].shape[-1]
        kernel = FixedTensor(np.full(channels, factor, np.int64), 0)
        name = node.network.add(
            f"{node.wanted}_x{number}",
            lambda own, read=wire.layer, codes=kernel: AffineLayer(own, (read,), codes, None),  # type: ignore[misc]
        )
        found.append(Wire(name, wire.order))
    return found, unit


def _greatest_common(scales: Sequence[Fraction]) -> Fraction:
    """The largest number of which all scales are multiples."""
    unit = abs(scales[0])
    for scale in scales[1:]:
        numerator = gcd(unit.numerator * scale.denominator, abs(scale.numerator) * unit.denominator)
        unit = Fraction(numerator, unit.denominator * scale.denominator)
    return unit


def _aligned(node: NodeReader, wires: Sequence[Wire]) -> tuple[tuple[str, ...], Int]:
    """Layers of one shape that hold the tensors, broadcast against each other, and the order of all of them."""
    ranks = {len(wire.shape) for wire in wires}
    try:
        target = np.broadcast_shapes(*(wire.shape for wire in wires))
    except ValueError:
        target = ()
    if len(ranks) > 1 or not target:
        listed = " and ".join(str(wire.shape) for wire in wires)
        raise node.refuse(f"combines shapes {listed}, which do not fit together")
    network = node.network
    base = next((wire for wire in wires if wire.shape == target and network.is_whole(wire)), None)
    order = np.arange(int(np.prod(target))).reshape(target) if base is None else base.order
    shape = target if base is None else network.tensors[base.layer].shape
    names = []
    for wire in wires:
        if wire.shape == target and network.is_whole(wire):
            names.append(network.arranged(wire, order, shape, node.wanted).layer)
            continue
        picked = np.empty(order.size, np.int64)
        picked[order.ravel()] = np.broadcast_to(wire.order, target).ravel()
        places = picked.reshape(shape)
        names.append(network.add(f"{node.wanted}_wide", lambda own, w=wire, p=places: Gather.of(own, w.layer, p)))  # type: ignore[misc]
    return tuple(names), order
