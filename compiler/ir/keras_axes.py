"""Attributes of Keras layers that name axes or give sizes for each of them."""

from __future__ import annotations

from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.source import LayerSource


def axes_without_batch(source: LayerSource, value: Any) -> tuple[int, ...]:
    """Axes of the only input, counted without the batch, from a list that counts it; negative ones from the end.

    Raises:
        ModelError: If some axis is the batch or does not exist.
    """
    rank = len(source.input_shapes[0])
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed or not all(type(axis) is int and -rank <= axis <= rank and axis != 0 for axis in listed):
        raise source.refuse("axes", f"use some of 1 to {rank}")
    return tuple(sorted({axis - 1 if axis > 0 else rank + axis for axis in listed}))


def axis_pairs(source: LayerSource, key: str, rank: int, default: int, sizes: range) -> list[tuple[int, int]]:
    """Two sizes for every axis of an image, from ``n``, ``[a, b]``, or ``[[a, b], [c, d]]``.

    ``[a, b]`` is a size for each of two axes, or both sizes of the only one; an upsampling has one size for each axis.

    Args:
        source: The layer.
        key: The attribute.
        rank: Number of axes.
        default: Its value if it is missing.
        sizes: What a size may be.

    Raises:
        ModelError: If the attribute is something else.
    """
    value = source.get(key, default)
    by_axis = isinstance(value, list | tuple) and (rank > 1 or key == "size")
    axes = value if by_axis else [value] * rank
    pairs = [tuple(axis) if isinstance(axis, list | tuple) else (axis, axis) for axis in axes]
    known = all(len(pair) == 2 and all(type(n) is int and n in sizes for n in pair) for pair in pairs)
    if len(pairs) != rank or not known:
        raise ModelError(source.subject, f"{key} {value!r} is not {rank} pairs of sizes; the model file is damaged")
    return pairs
