"""Operations that move elements: only the order of a wire changes, which takes neither logic nor time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.frontend.onnx.network import channels_first
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Array, Constant, Value, Wire
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.tensor import Int
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.zero_padding import ZeroPadding

Move = Callable[[Array], Array]


def moved(node: NodeReader, change: Move, rows: bool = False) -> Value:
    """The first input after a function that only moves elements.

    Args:
        node: The node.
        change: The function of arrays with a batch axis of 1, or of rows (event_rows.py).
        rows: Whether it may make rows of an event.
    """
    value = node.value(0)
    try:
        if isinstance(value, Constant):
            return value.rearranged(change)
        order = np.asarray(change(value.order if value.rows else value.order[np.newaxis]))
    except (ValueError, IndexError, np.exceptions.AxisError) as error:
        raise node.refuse(f"does not fit its input ({error})") from None
    if order.ndim and order.shape[0] == 1:
        return replace(value, order=order[0], rows=False)
    if not rows or order.ndim < 2:
        raise node.refuse("moves elements between events; the first axis must stay the batch")
    return replace(value, order=order, rows=True)


def transpose(node: NodeReader) -> Value:
    """``Transpose``."""
    axes = node.get("perm", None)
    node.finish()
    value = node.value(0)
    if not isinstance(value, Constant) and axes is not None and axes[:1] != (0,):
        raise node.refuse(f"perm {axes!r} moves the batch axis; leave it first")
    return moved(node, lambda array: np.transpose(array, axes))


def flatten(node: NodeReader) -> Value:
    """``Flatten``."""
    axis = node.number("axis", 1)
    node.finish()
    value = node.value(0)
    rank = value.values.ndim if isinstance(value, Constant) else value.order.ndim + 1
    first = axis if axis >= 0 else axis + rank
    return moved(node, lambda array: array.reshape(math.prod(array.shape[:first]), -1), rows=True)


def reshape(node: NodeReader) -> Value:
    """``Reshape``; a size of 0 is that of the input, one of -1 the remainder, and a fixed batch is one event."""
    target = node.integers(1, "shape") if node.given(1) else node.get("shape", ())
    zeros = node.number("allowzero", 0)
    node.finish()
    if len(target) > limits.TENSOR_RANK:
        raise node.refuse(f"shape {target!r} has more than {limits.TENSOR_RANK} axes")

    if target and target[0] > 0 and target[0] % node.batch == 0 and not isinstance(node.value(0), Constant):
        target = (target[0] // node.batch, *target[1:])

    def change(array: Array) -> Array:
        sizes = [array.shape[k] if size == 0 and not zeros else size for k, size in enumerate(target)]
        return array.reshape(sizes)

    return moved(node, change, rows=True)


def squeeze(node: NodeReader) -> Value:
    """``Squeeze``; its axes are an attribute before opset 13."""
    axes = node.integers(1, "axes") if node.given(1) else node.get("axes", None)
    node.finish()
    return moved(node, lambda array: np.squeeze(array, axes if axes is None else tuple(axes)))


def unsqueeze(node: NodeReader) -> Value:
    """``Unsqueeze``."""
    axes = node.integers(1, "axes") if node.given(1) else node.get("axes", ())
    node.finish()
    return moved(node, lambda array: np.expand_dims(array, tuple(axes)))


def slice_(node: NodeReader) -> Value:
    """``Slice``; its bounds are attributes before opset 10."""
    parts: list[tuple[int, ...] | None] = []
    for index, key in enumerate(("starts", "ends", "axes", "steps"), start=1):
        parts.append(node.integers(index, key) if node.given(index) else node.get(key, None))
    node.finish()
    starts, ends, axes, steps = parts
    if starts is None or ends is None:
        raise node.refuse("has no starts or ends; the model file is damaged")
    along = axes if axes is not None else tuple(range(len(starts)))
    strides = steps if steps is not None else (1,) * len(starts)
    if not len(starts) == len(ends) == len(along) == len(strides) or 0 in strides:
        raise node.refuse("its starts, ends, axes and steps do not fit together; the model file is damaged")

    def change(array: Array) -> Array:
        cut = [slice(None)] * array.ndim
        for start, end, axis, step in zip(starts, ends, along, strides, strict=True):
            last = None if step < 0 and end < -array.shape[axis] else end
            cut[axis] = slice(start, last, step)
        return array[tuple(cut)]

    return moved(node, change)


def gather(node: NodeReader) -> Value:
    """``Gather`` with constant indices."""
    axis = node.number("axis", 0)
    node.finish()
    indices = node.constant(1, "index").values
    if indices.dtype.kind not in "iu":
        raise node.refuse("its indices are not integers; the model file is damaged")
    return moved(node, lambda array: np.take(array, indices, axis))


def concat(node: NodeReader) -> Value:
    """``Concat``."""
    axis = node.number("axis", 1)
    node.finish()
    values = [node.value(index) for index in range(len(node.values))]
    constants = [value for value in values if isinstance(value, Constant)]
    if len(constants) == len(values):
        return Constant(np.concatenate([value.values for value in constants], axis), kind=constants[0].kind)
    wires = [node.wire(index) for index in range(len(values))]
    rank = len(wires[0].shape)
    along = axis - 1 if axis > 0 else axis + rank
    if not 0 <= along < rank or len({len(wire.shape) for wire in wires}) > 1:
        raise node.refuse(f"axis {axis} does not fit its inputs")
    if len(wires) == 1:
        return wires[0]
    return _side_by_side(node, wires, along)


def _side_by_side(node: NodeReader, wires: list[Wire], along: int) -> Wire:
    """Tensors concatenated along an axis; each keeps its scale, channel by channel."""
    network, rank = node.network, len(wires[0].shape)
    differ = len({wire.functions for wire in wires}) > 1
    last = along if differ else 0  # functions belong to the last axis of a layer
    places = [network.image(w, node.wanted, last) if rank > 1 else network.in_order(w, node.wanted) for w in wires]
    own_axis = rank - 1 if along == last else along - (along > last)
    names = tuple(place.layer for place in places)
    make: Callable[[str], Layer] = lambda own: Concatenate(own, names, own_axis)  # noqa: E731
    joined = places[0].functions
    if own_axis == rank - 1 and (len({place.functions for place in places}) > 1 or len(joined) > 1):
        joined = tuple(
            function
            for place in places
            for function in np.resize(np.array(place.functions, object), network.tensors[place.layer].shape[-1])
        )
    layer = network.add(node.wanted, make)
    shape = network.tensors[layer].shape
    return Wire(layer, channels_first(shape, last) if rank > 1 else np.arange(math.prod(shape)).reshape(shape), joined)


def pad(node: NodeReader) -> Value:
    """``Pad`` of an image with zeros."""
    pads = node.integers(1, "pads") if node.given(1) else node.get("pads", ())
    node.expect("mode", "constant", advice="pad with zeros")
    value = node.scalar(2, "value") if node.given(2) else node.get("value", 0.0)
    node.get("pads")
    axes = node.integers(3, "axes") if node.given(3) else None
    node.finish()
    wire = node.settled(0)
    rank = len(wire.shape) + 1
    if axes is not None:
        pads = _on_all_axes(node, pads, axes, rank)
    before, after = pads[:rank], pads[rank:]
    if value or rank not in (3, 4) or len(pads) != 2 * rank or min(pads) < 0 or any((*before[:2], *after[:2])):
        raise node.refuse(f"padding {pads!r} with {value!r} is not supported; pad the border of an image with zeros")
    image = node.network.image(wire, node.wanted)
    layer = node.network.add(node.wanted, lambda own: ZeroPadding(own, (image.layer,), before[2:], after[2:]))
    shape = node.network.tensors[layer].shape
    order: Int = np.arange(math.prod(shape)).reshape(shape)
    return Wire(layer, np.moveaxis(order, -1, 0), image.functions)


def _on_all_axes(node: NodeReader, pads: Sequence[int], axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Padding of some axes as that of all of them."""
    own = [axis + rank if axis < 0 else axis for axis in axes]
    if len(pads) != 2 * len(own) or len(set(own)) != len(own) or not all(0 <= axis < rank for axis in own):
        raise node.refuse(f"padding {tuple(pads)!r} does not fit axes {tuple(axes)!r}; the model file is damaged")
    full = [0] * (2 * rank)
    for place, axis in enumerate(own):
        full[axis], full[rank + axis] = pads[place], pads[len(own) + place]
    return tuple(full)


def shape_of(node: NodeReader) -> Value:
    """``Shape``: the batch counts as 1."""
    start, end = node.number("start", 0), node.get("end", None)
    node.finish()
    value = node.value(0)
    shape = value.values.shape if isinstance(value, Constant) else (1, *value.order.shape)
    return Constant(np.array(shape[start:end], np.int64), kind="int64")
