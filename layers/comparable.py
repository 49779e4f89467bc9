"""Numbers of one scale and different shifts, made comparable as integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.affine import Affine

_MOST_BITS = 48  # of a shift in units of the scale


def comparable(name: str, read: str, fraction_bits: int, factor: Fraction, shifts: Sequence[Fraction]) -> Affine:
    """A layer whose results have the order of ``factor * code + shift``, ties included.

    Codes are integers: beside the whole part of ``shift / factor``, only the order of the rest decides, so a few bits
    hold the rank of it.

    Args:
        name: Of the layer.
        read: The tensor of the codes; its last axis has a channel for every shift.
        fraction_bits: Of that tensor.
        factor: Of all channels; not zero.
        shifts: Of every channel.

    Raises:
        ModelError: If they are so far apart that no integers hold them.
    """
    offsets = [shift / abs(factor) for shift in shifts]
    whole = [math.floor(offset) for offset in offsets]
    rests = [offset - part for offset, part in zip(offsets, whole, strict=True)]
    ranks = {rest: rank for rank, rest in enumerate(sorted(set(rests)))}
    bits = ceil_log2(len(ranks))
    if max(whole).bit_length() > _MOST_BITS or min(whole).bit_length() > _MOST_BITS:
        raise ModelError(read, "its shifts are far beyond its scale; declare its result")
    codes = np.array([(part << bits) + ranks[rest] for part, rest in zip(whole, rests, strict=True)], np.int64)
    kernel = FixedTensor(np.full(len(shifts), 1 if factor > 0 else -1, np.int64), 0)
    return Affine(name, (read,), kernel, FixedTensor(codes, fraction_bits + bits))
