"""Operations that cut tensors into several, or repeat their elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.shape_ops import moved
from bxnn.compiler.frontend.onnx.values import Array, Constant, Value
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.plural import counted

_COORDINATES = ("asymmetric", "half_pixel", "pytorch_half_pixel")  # the last two are equal for whole factors
# Which pixel is nearest to ``numerator / (2 * factor)``.
_NEAREST: Mapping[str, Callable[[Int, int], Int]] = MappingProxyType(
    {
        "floor": lambda numerator, factor: numerator // (2 * factor),
        "ceil": lambda numerator, factor: ceil_div(numerator, 2 * factor),
        "round_prefer_floor": lambda numerator, factor: ceil_div(numerator - factor, 2 * factor),
        "round_prefer_ceil": lambda numerator, factor: (numerator + factor) // (2 * factor),
    }
)


def split(node: NodeReader) -> tuple[Value, ...]:
    """``Split`` into parts of equal or given sizes."""
    axis, outputs = node.number("axis", 0), len(node.node.outputs)
    sizes = node.integers(1, "split") if node.given(1) else node.get("split", None)
    parts = node.number("num_outputs", outputs)
    node.finish()
    if parts != outputs or (sizes is not None and (len(sizes) != outputs or min(sizes) < 0)):
        raise node.refuse(f"splits into sizes {sizes!r}, but has {counted(outputs, 'output')}")
    ends = None if sizes is None else np.cumsum(sizes)[:-1].tolist()

    def part(number: int) -> Value:
        def change(array: Array) -> Array:
            length = ceil_div(array.shape[axis], outputs)
            places = ends if ends is not None else [length * (n + 1) for n in range(outputs - 1)]
            if sizes is not None and sum(sizes) != array.shape[axis]:
                raise ValueError(f"{sizes} do not add up to {array.shape[axis]}")
            return np.asarray(np.split(array, places, axis)[number])

        return moved(node, change)

    return tuple(part(number) for number in range(outputs))


def resize(node: NodeReader) -> Value:
    """``Resize`` and ``Upsample`` to the nearest pixel by whole factors: copies."""
    mode, pixels = node.get("mode", "nearest"), _nearest_pixels(node)
    for key in ("cubic_coeff_a", "exclude_outside", "extrapolation_value"):
        node.get(key)
    node.expect("antialias", 0, advice="use 0")
    node.expect("keep_aspect_ratio_policy", "stretch", advice="use stretch")
    index = 1 if node.node.op == "Upsample" else 2
    factors: Array = np.asarray(node.get("scales", ()))
    if node.given(index):
        factors = node.constant(index, "scales").values
    shape = _shape(node)
    if factors.size == 0 and node.given(3):
        factors = node.constant(3, "sizes").values / np.array(shape)
    node.expect("axes", None, tuple(range(len(shape))), advice="give a factor for every axis")
    node.finish()
    whole = factors.size == len(shape) and bool((factors == np.rint(factors)).all()) and float(factors.min()) >= 1
    if mode != "nearest" or not whole or factors[0] != 1:
        raise node.refuse(f"mode {mode!r} with factors {factors.tolist()} is not supported; repeat pixels whole times")
    if float(np.prod(factors)) * int(np.prod(shape)) > limits.TENSOR_ELEMENTS:
        raise node.refuse(f"has more than {limits.TENSOR_ELEMENTS} elements")

    def change(array: Array) -> Array:
        for axis, factor in enumerate(factors.astype(int).tolist()):
            array = np.take(array, pixels(array.shape[axis], factor), axis)
        return array

    return moved(node, change)


def _nearest_pixels(node: NodeReader) -> Callable[[int, int], Int]:
    """The pixel that every pixel of the result copies, for a number of pixels along an axis and a factor.

    Pixel i of the result is at ``i / factor``, or at ``(i + 1 / 2) / factor - 1 / 2``, of the image.
    """
    is_old, key = node.node.op == "Upsample", "coordinate_transformation_mode"
    usual, rounded = ("asymmetric", "floor") if is_old else ("half_pixel", "round_prefer_floor")
    node.expect(key, usual, *_COORDINATES, advice=f"use one of {', '.join(_COORDINATES)}")
    centered, rounding = node.get(key, usual) != "asymmetric", node.get("nearest_mode", rounded)
    if rounding not in _NEAREST:
        raise node.refuse(f"nearest_mode {rounding!r} is not supported; use one of {', '.join(_NEAREST)}")

    def pixels(count: int, factor: int) -> Int:
        places: Int = 2 * np.arange(count * factor) + (1 - factor if centered else 0)
        return np.clip(_NEAREST[rounding](places, factor), 0, count - 1)

    return pixels


def expand(node: NodeReader) -> Value:
    """``Expand``: copies along axes, by the rules of NumPy."""
    target = node.integers(1, "shape")
    node.finish()
    _check_size(node, target)
    return moved(node, lambda array: np.broadcast_to(array, np.broadcast_shapes(array.shape, target)))


def depth_to_space(node: NodeReader) -> Value:
    """``DepthToSpace``: channels become squares of pixels."""
    size, mode = node.number("blocksize", 0), node.get("mode", "DCR")
    node.finish()
    if size < 1 or mode not in ("DCR", "CRD"):
        raise node.refuse(f"blocksize {size} or mode {mode!r} is not supported; use DCR or CRD")

    def change(array: Array) -> Array:
        events, channels, rows, columns = array.shape
        if mode == "DCR":
            parts = array.reshape(events, size, size, -1, rows, columns).transpose(0, 3, 4, 1, 5, 2)
        else:
            parts = array.reshape(events, -1, size, size, rows, columns).transpose(0, 1, 4, 2, 5, 3)
        return parts.reshape(events, channels // size**2, rows * size, columns * size)

    return moved(node, change)


def space_to_depth(node: NodeReader) -> Value:
    """``SpaceToDepth``: squares of pixels become channels."""
    size = node.number("blocksize", 0)
    node.finish()
    if size < 1:
        raise node.refuse(f"blocksize {size} is not positive; the model file is damaged")

    def change(array: Array) -> Array:
        events, channels, rows, columns = array.shape
        parts = array.reshape(events, channels, rows // size, size, columns // size, size)
        return parts.transpose(0, 3, 5, 1, 2, 4).reshape(events, -1, rows // size, columns // size)

    return moved(node, change)


def tile(node: NodeReader) -> Value:
    """``Tile``: copies one after another."""
    counts = node.integers(1, "repeats")
    node.finish()
    _check_size(node, (*counts, *_shape(node)))
    return moved(node, lambda array: np.tile(array, counts))


def _shape(node: NodeReader) -> tuple[int, ...]:
    value = node.value(0)
    return tuple(value.values.shape) if isinstance(value, Constant) else (1, *value.order.shape)


def _check_size(node: NodeReader, sizes: tuple[int, ...]) -> None:
    if not all(size > 0 for size in sizes) or float(np.prod(np.array(sizes, float))) > limits.TENSOR_ELEMENTS:
        raise node.refuse(f"sizes {sizes!r} are not positive, or make more than {limits.TENSOR_ELEMENTS} elements")
