"""``Einsum`` of a tensor and a constant, as a dense layer, and of two tensors, as products that are summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from bxnn.compiler.frontend.onnx.grouped_dense import grouped_dense
from bxnn.compiler.frontend.onnx.linear_ops import dense
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.pair_ops import summed_products
from bxnn.compiler.frontend.onnx.values import Array, Constant, Value, Wire


@dataclass(frozen=True)
class _Axes:
    """The axes of an equation, one letter each, without the batch axis.

    Attributes:
        first: Of the first tensor.
        second: Of the second one; a constant has no batch axis.
        result: Of the result.
    """

    first: str
    second: str
    result: str

    @property
    def summed(self) -> str:
        """Axes that both have and the result has not."""
        return "".join(axis for axis in self.first if axis in self.second and axis not in self.result)

    @property
    def groups(self) -> str:
        """Axes that both have, and the result as well."""
        return "".join(axis for axis in self.first if axis in self.second and axis in self.result)


def einsum(node: NodeReader) -> Value:
    """``Einsum`` of two operands, the batch being the first axis of every tensor."""
    equation = node.get("equation", "")
    node.finish()
    operands, arrow, result = str(equation).replace(" ", "").partition("->")
    read = operands.split(",")
    places = [0, 1]
    if len(read) == 2 and node.is_constant(0):
        read, places = read[::-1], [1, 0]
    letters = "".join((*read, result))
    if not arrow or len(read) != 2 or not letters.isalpha() or any(len(set(axes)) < len(axes) for axes in read):
        raise node.refuse(f"equation {equation!r} is not supported; use one of two operands, such as 'bnc,cd->bnd'")
    batch = read[0][:1]
    kernel = node.constant(places[1], "weight") if node.is_constant(places[1]) else None
    tensors = [read[0], result] if kernel is not None else [*read, result]
    if any(axes[:1] != batch for axes in tensors) or (kernel is not None and batch in read[1]):
        raise node.refuse(f"equation {equation!r} does not keep the batch axis first")
    axes = _Axes(read[0][1:], read[1] if kernel is not None else read[1][1:], result[1:])
    alone = set(axes.first) ^ set(axes.second)
    if not set(axes.result) >= alone or not set(axes.result) <= set(axes.first + axes.second):
        raise node.refuse(f"equation {equation!r} sums an axis of one operand only; use ReduceSum for it")
    return _of_tensors(node, axes) if kernel is None else _of_kernel(node, axes, places[0], kernel)


def _of_kernel(node: NodeReader, axes: _Axes, place: int, kernel: Constant) -> Wire:
    """A dense layer along the summed axes."""
    wire, values = node.settled(place), kernel.values
    if (len(axes.first), len(axes.second)) != (len(wire.shape), values.ndim):
        raise node.refuse(f"weight of shape {values.shape} does not fit its input of shape {wire.shape}")
    sizes = dict(zip(axes.first, wire.shape, strict=True))
    if any(sizes.setdefault(axis, size) != size for axis, size in zip(axes.second, values.shape, strict=True)):
        raise node.refuse(f"weight of shape {values.shape} does not fit its input of shape {wire.shape}")
    if axes.groups:
        return _of_groups(node, axes, wire, kernel, sizes)
    free = "".join(axis for axis in axes.first if axis not in axes.summed)
    made = "".join(axis for axis in axes.second if axis not in axes.summed)
    terms = prod(sizes[axis] for axis in axes.summed)
    rows = _ordered(wire.order, axes.first, free + axes.summed).reshape(*(sizes[axis] for axis in free), terms)
    matrix = kernel.rearranged(
        lambda array: _ordered(array, axes.second, axes.summed + made).reshape(terms, -1)  # scales move along
    )
    found = dense(node, matrix, wire.reordered(rows))
    grid = found.order.reshape(*(sizes[axis] for axis in free + made))
    return found.reordered(_ordered(grid, free + made, axes.result))


def _of_groups(node: NodeReader, axes: _Axes, wire: Wire, kernel: Constant, sizes: Mapping[str, int]) -> Wire:
    """A dense layer along the summed axes for every index of others."""
    free = "".join(axis for axis in axes.first if axis not in axes.second)
    made = "".join(axis for axis in axes.second if axis not in axes.first)
    groups, terms = (prod(sizes[axis] for axis in own) for own in (axes.groups, axes.summed))
    rows = _ordered(wire.order, axes.first, free + axes.groups + axes.summed).reshape(-1, groups, terms)
    matrices = kernel.rearranged(
        lambda array: _ordered(array, axes.second, axes.groups + axes.summed + made).reshape(groups, terms, -1)
    )
    found = grouped_dense(node, wire.reordered(rows), matrices)
    wide = free + axes.groups + made
    grid = found.order.reshape(*(sizes[axis] for axis in wide))
    return found.reordered(_ordered(grid, wide, axes.result))


def _of_tensors(node: NodeReader, axes: _Axes) -> Wire:
    """Every product, and their sums."""
    wires = (node.settled(0), node.settled(1))
    sizes: dict[str, int] = {}
    for own, wire in zip((axes.first, axes.second), wires, strict=True):
        fits = len(own) == len(wire.shape)
        if not fits or any(sizes.setdefault(a, n) != n for a, n in zip(own, wire.shape, strict=True)):
            raise node.refuse(f"multiplies shapes {wires[0].shape} and {wires[1].shape}, which do not fit together")
    wide = axes.result + axes.summed
    shape = tuple(sizes[axis] for axis in wide)
    orders = []
    for own, wire in zip((axes.first, axes.second), wires, strict=True):
        kept = "".join(axis for axis in wide if axis in own)
        spread = tuple(sizes[axis] if axis in own else 1 for axis in wide)
        orders.append(np.broadcast_to(_ordered(wire.order, own, kept).reshape(spread), shape))
    return summed_products(node, wires, (orders[0], orders[1]), len(axes.summed))


def _ordered(array: Array, axes: str, wanted: str) -> Array:
    """An array with its axes in another order."""
    return np.transpose(array, [axes.index(axis) for axis in wanted])
