"""One quantizer before several: what the host applies to an input that several quantizers read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, FixedPointQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import Int

_ROUNDINGS = {Rounding.TRN: 0, Rounding.RND: 1}  # bits beyond the code on which they depend; the others depend on all


def same(quantizers: Sequence[FixedPointQuantizer], shape: tuple[int, ...]) -> bool:
    """Whether all quantizers are the same on a tensor of ``shape``."""
    columns = [_columns(quantizer, shape) for quantizer in quantizers]
    modes = {(q.rounding, q.overflow.value == "WRAP") for q in quantizers}
    return len(modes) == 1 and all(np.array_equal(column, columns[0]) for column in columns)


def shared(quantizers: Sequence[FixedPointQuantizer], shape: tuple[int, ...]) -> ElementQuantizer | None:
    """A quantizer that keeps all that any of ``quantizers`` depends on; ``None`` if there is none of finite width.

    Rounding down, or to nearest with ties up, is decided by the code of ``floor(x * 2**n)`` for an n that is large
    enough. Codes that wrap do so again where fewer bits are left; codes that saturate are clamped to the widest range.

    Args:
        quantizers: The quantizers of one input.
        shape: Shape of that input.
    """
    wraps = {quantizer.overflow.value == "WRAP" for quantizer in quantizers}
    slopes = any(isinstance(q, FixedQuantizer) and q.slope_shift for q in quantizers)
    if slopes or len(wraps) != 1 or not all(q.rounding in _ROUNDINGS for q in quantizers):
        return None
    columns = np.stack([_columns(quantizer, shape) for quantizer in quantizers])
    extra = np.array([_ROUNDINGS[q.rounding] for q in quantizers]).reshape(-1, *[1] * len(shape))
    own, low, high = columns[:, 0], columns[:, 1], columns[:, 2]
    there = low != high
    finest = np.where(there, own + extra, -(1 << 30)).max(axis=0)
    finest = np.where(there.any(axis=0), finest, 0)
    grow = np.where(there, finest - own, 0)
    if wraps == {True}:
        span = np.where(there, (high - low + 1) << grow, 1).max(axis=0)  # a power of two
        signed = (there & (low < 0)).any(axis=0)
        lowest = np.where(signed, -(span >> 1), 0)
        highest = lowest + span - 1
    else:
        lowest = np.where(there, low << grow, 0).min(axis=0)
        highest = np.where(there, high << grow, 0).max(axis=0)
    return ElementQuantizer(finest, lowest, highest, Rounding.TRN, wraps == {True})


def joined(quantizers: Sequence[ElementQuantizer]) -> ElementQuantizer | None:
    """The quantizer of each element, of which no two may differ; ``None`` if they do.

    Args:
        quantizers: Of one shape; an element that one of them does not read has no bits in it.
    """
    if len({(quantizer.rounding, quantizer.wraps) for quantizer in quantizers}) > 1:
        return None
    columns = np.stack([np.stack([q.fraction_bits, q.low, q.high]) for q in quantizers])
    there = columns[:, 1] != columns[:, 2]
    first = np.take_along_axis(columns, there.argmax(axis=0)[np.newaxis, np.newaxis], axis=0)[0]
    if (there[:, np.newaxis] & (columns != first)).any():
        return None
    return ElementQuantizer.of_columns(first, quantizers[0].rounding, quantizers[0].wraps)


def scattered(quantizer: FixedPointQuantizer, places: Int, shape: tuple[int, ...]) -> list[ElementQuantizer]:
    """A quantizer of moved elements as quantizers of the tensor that they come from; none if it has a slope.

    The first has the formats of the first copy of every element, the second those of the second copy, and so on.

    Args:
        quantizer: The quantizer.
        places: For each of its elements, which element of the tensor it is, counted row-major from 1; 0 for a zero.
        shape: Of that tensor. Elements that are not read have no bits.
    """
    if isinstance(quantizer, FixedQuantizer) and quantizer.slope_shift:
        return []
    flat, own = places.ravel(), _columns(quantizer, places.shape).reshape(3, -1)
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], flat[order])
    copy = np.empty(flat.size, np.int64)
    copy[order] = np.arange(flat.size) - starts
    wraps, found = quantizer.overflow.value == "WRAP", []
    for number in range(int(copy[flat > 0].max(initial=-1)) + 1):
        columns = np.zeros((3, int(np.prod(shape)) + 1), np.int64)
        chosen = (copy == number) & (flat > 0)
        columns[:, flat[chosen]] = own[:, chosen]
        found.append(ElementQuantizer.of_columns(columns[:, 1:].reshape(3, *shape), quantizer.rounding, wraps))
    return found


def _columns(quantizer: FixedPointQuantizer, shape: tuple[int, ...]) -> Int:
    """``fraction_bits``, ``low`` and ``high`` of every element, shape (3, *shape)."""
    each = quantizer
    if isinstance(each, FixedQuantizer):
        each = ElementQuantizer.repeated(each, len(shape))
    columns = (each.fraction_bits, each.low, each.high)
    return np.stack([np.broadcast_to(column, shape) for column in columns])
