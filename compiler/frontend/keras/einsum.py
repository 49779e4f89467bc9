"""Einsums as dense layers and products between wires: of a tensor and a constant, and of two tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.layer_parts import LayerParts
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.layers.affine import Affine
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.gather import Gather
from bxnn.layers.multiply import Multiply
from bxnn.layers.sum import Sum

_IMAGE_AXES = 2  # that a convolution slides over

Weights = FixedTensor | Parameter


@dataclass(frozen=True)
class Equation:
    """The axes of an einsum of two operands, one letter each, without the batch axis.

    Attributes:
        text: As in the file.
        first: Of the first operand.
        second: Of the second operand.
        result: Of the result.
    """

    text: str
    first: list[str]
    second: list[str]
    result: list[str]


def read_equation(parts: LayerParts, text: str, ranks: tuple[int, ...]) -> Equation:
    """The axes of an equation; an ellipsis stands for digits.

    Args:
        parts: The layer, for errors.
        text: Such as ``...c,cd->...d``.
        ranks: Axes of the operands without the batch axis, which a tensor has and a kernel has not; a single one if the
            second operand is a kernel.

    Raises:
        ModelError: If it is not an equation of two operands that keeps the batch axis first.
    """
    left, arrow, result = text.replace(" ", "").partition("->")
    first, comma, second = left.partition(",")
    letters = (first + second + result).replace("...", "")
    kernel = len(ranks) == 1
    if not arrow or not comma or not letters.isalpha() or (kernel and "..." in second):
        wanted = "one tensor and one kernel" if kernel else "two tensors"
        raise ModelError(parts.subject, f"equation {text!r} does not combine {wanted}")
    spread = "".join(map(str, range(max(ranks[0] + 1 - len(first.replace("...", "")), 0))))
    full = [list(axes.replace("...", spread)) for axes in (first, second, result)]
    tensors = full[:1] if kernel else full[:2]
    fits = all(len(axes) == rank + 1 for axes, rank in zip(tensors, ranks, strict=True))
    heads = {axes[0] for axes in (*tensors, full[2]) if axes}
    batch = full[0][0] if full[0] else ""
    if not fits or heads != {batch} or (kernel and batch in full[1]):
        raise ModelError(parts.subject, f"equation {text!r} does not keep the batch axis first")
    own = [full[0][1:], full[1] if kernel else full[1][1:], full[2][1:]]
    known = set(own[0]) | set(own[1])
    if any(len(set(axes)) != len(axes) for axes in own) or not set(own[2]) <= known:
        raise ModelError(parts.subject, f"equation {text!r} is not supported; use one like '...c,cd->...d'")
    return Equation(text, *own)


def pointwise(parts: LayerParts, result: str, name: str, kernel: Weights, bias: Weights | None) -> str:
    """The same dense layer at every position of a tensor of any rank; the name of its result."""
    *image, channels = parts.shapes[name]
    if not image:
        return parts.add(Dense(result, (name,), kernel, bias))
    rank = len(image) if len(image) <= _IMAGE_AXES else 1
    flat = name if rank == len(image) else parts.reshaped(f"{result}_row", name, (math.prod(image), channels))
    taps = changed(kernel, lambda values: values.reshape((1,) * rank + values.shape))
    inner = result if flat == name else f"{result}_positions"
    inner = parts.add(Conv2D(inner, (flat,), taps, bias, Window.pixel(rank)))
    return inner if flat == name else parts.reshaped(result, inner, (*image, _shape(kernel)[-1]))


def contracted(
    parts: LayerParts, result: str, name: str, equation: Equation, kernel: Weights, bias: Weights | None
) -> str:
    """An einsum of a tensor and a constant; the name of its result.

    An axis of tensor, kernel and result is one of groups: each has its own dense layer. What only the tensor has
    is summed first; what only the kernel has is not supported.

    Args:
        parts: The layer.
        result: Name of the result.
        name: The tensor.
        equation: The axes.
        kernel: One number for every combination of the second operand's axes.
        bias: Broadcasts against the result.

    Raises:
        ModelError: If the equation does not fit, or sums an axis that only the kernel has.
    """
    inputs, weights, outputs = equation.first, equation.second, equation.result
    shape = parts.shapes[name]
    sizes = dict(zip((*inputs, *weights), (*shape, *_shape(kernel)), strict=True))
    if tuple(sizes[axis] for axis in inputs) != shape:
        raise ModelError(parts.subject, f"equation {equation.text!r} does not fit its input and its kernel")
    if not set(weights) <= set(inputs) | set(outputs):
        raise ModelError(parts.subject, f"equation {equation.text!r} sums an axis of the kernel; sum the weights")
    only = tuple(n for n, axis in enumerate(inputs) if axis not in weights and axis not in outputs)
    if only:
        name = parts.add(Sum(f"{result}_total", (name,), only, 0, len(only) == len(inputs)))
        name = parts.reshaped(
            f"{result}_summed", name, tuple(sizes[axis] for axis in inputs if axis in outputs + weights)
        )
        inputs = [axis for axis in inputs if axis in outputs + weights]
    groups = [axis for axis in outputs if axis in inputs and axis in weights]
    summed = [axis for axis in inputs if axis in weights and axis not in outputs]
    free = [axis for axis in outputs if axis not in weights]
    made = [axis for axis in outputs if axis not in inputs]
    order = [weights.index(axis) for axis in (*groups, *summed, *made)]
    count, terms, units = (math.prod(sizes[axis] for axis in axes) for axes in (groups, summed, made))
    matrix = changed(kernel, lambda values: values.transpose(order).reshape(count, terms, units))
    name = parts.permuted(f"{result}_in", name, inputs, [*free, *groups, *summed])
    name = parts.reshaped(f"{result}_flat", name, (*(sizes[axis] for axis in free), count * terms))
    own_bias, later = _biases(parts, bias, tuple(sizes[axis] for axis in outputs), outputs, [*groups, *made])
    inner = f"{result}_sums" if later is not None else result
    if groups:
        name = _grouped(parts, inner, name, matrix, own_bias)
    else:
        name = pointwise(parts, inner, name, changed(matrix, lambda values: values[0]), own_bias)
    name = parts.reshaped(f"{inner}_axes", name, tuple(sizes[axis] for axis in (*free, *groups, *made)) or (1,))
    name = parts.permuted(f"{inner}_out", name, [*free, *groups, *made], outputs)
    return name if later is None else _shifted(parts, result, name, later)


def _grouped(parts: LayerParts, result: str, name: str, matrix: Weights, bias: Weights | None) -> str:
    """A dense layer for every group: a convolution of kernel size 1 with groups."""
    *image, channels = parts.shapes[name]
    groups, terms, units = _shape(matrix)
    flat = parts.reshaped(f"{result}_row", name, (math.prod(image), channels))
    taps = changed(matrix, lambda values: values.transpose(1, 0, 2).reshape(1, terms, groups * units))
    return parts.add(Conv2D(result, (flat,), taps, bias, Window.pixel(1), groups))


def _biases(
    parts: LayerParts, bias: Weights | None, shape: tuple[int, ...], axes: list[str], made: list[str]
) -> tuple[Weights | None, Weights | None]:
    """A bias as one per output channel, or, if it differs between positions, in the shape of the result."""
    if bias is None:
        return None, None
    try:
        full = changed(bias, lambda values: np.broadcast_to(values, shape))
    except ValueError:
        raise ModelError(parts.subject, f"weight 'bias' has shape {_shape(bias)}, but its output is {shape}") from None
    free = [axis for axis in axes if axis not in made]
    order = [axes.index(axis) for axis in (*free, *made)]
    size = math.prod(shape[axes.index(axis)] for axis in made)
    rows = changed(full, lambda values: values.transpose(order).reshape(-1, size))
    stored = _values(rows)
    if (stored == stored[:1]).all():
        return changed(rows, lambda values: values[0]), None
    return None, changed(full, lambda values: np.ascontiguousarray(values).ravel())


def _shifted(parts: LayerParts, result: str, name: str, bias: Weights) -> str:
    """A tensor with a different number added to each element."""
    shape, size = parts.shapes[name], _values(bias).size
    flat = parts.reshaped(f"{result}_elements", name, (size,))
    ones = FixedTensor(np.ones(size, np.int64), 0)
    own = result if shape == (size,) else f"{result}_biased"
    name = parts.add(Affine(own, (flat,), ones, bias))
    return parts.reshaped(result, name, shape)


def multiplied(parts: LayerParts, result: str, names: tuple[str, str], equation: Equation) -> str:
    """An einsum of two tensors of the network; the name of its result.

    Raises:
        ModelError: If their sizes do not fit together.
    """
    sizes: dict[str, int] = {}
    read = [list(equation.first), list(equation.second)]
    own = list(names)
    for number, name in enumerate(names):
        for axis, size in zip(read[number], parts.shapes[name], strict=True):
            if sizes.setdefault(axis, size) != size:
                raise ModelError(parts.subject, f"equation {equation.text!r} does not fit its inputs")
        others = {*read[1 - number], *equation.result}
        only = tuple(place for place, axis in enumerate(read[number]) if axis not in others)
        if only:
            read[number] = [axis for axis in read[number] if axis in others]
            own[number] = parts.add(Sum(f"{result}_total{number}", (name,), only))
    summed = [axis for axis in read[0] if axis in read[1] and axis not in equation.result]
    letters = [*equation.result, *summed]
    grid = dict(zip(letters, np.indices([sizes[axis] for axis in letters]), strict=True))
    wide = []
    for number, name in enumerate(own):
        shape = tuple(sizes[axis] for axis in read[number])
        places: Int = np.ravel_multi_index([grid[axis] for axis in read[number]], shape).astype(np.int64)
        wide.append(parts.add(Gather.of(f"{result}_x{number}", name, places)))
    products = parts.add(Multiply(f"{result}_products" if summed else result, (wide[0], wide[1])))
    if not summed:
        return products
    axes = tuple(range(len(equation.result), len(letters)))
    return parts.add(Sum(result, (products,), axes))


def changed(weights: Weights, change: Callable[[Any], Any]) -> Weights:
    """Weights after a function that only moves them."""
    if isinstance(weights, Parameter):
        return replace(weights, values=change(weights.values))
    return FixedTensor(change(weights.codes), weights.fraction_bits)


def _values(weights: Weights) -> Any:
    return weights.values if isinstance(weights, Parameter) else weights.codes


def _shape(weights: Weights) -> tuple[int, ...]:
    return tuple(_values(weights).shape)
