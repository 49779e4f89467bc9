"""Exact sums of integers by key."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.numeric.tensor import Int


def grouped_sums(keys: Int, *values: Int) -> tuple[Int, ...]:
    """The distinct keys in ascending order, then the sums of each array over equal keys.

    Args:
        keys: int64, shape (count,); quickest if they ascend.
        values: int64, of the same shape.
    """
    if not keys.size:
        return (keys, *values)
    if bool((keys[1:] < keys[:-1]).any()):
        order = np.argsort(keys, kind="stable")
        keys, values = keys[order], tuple(own[order] for own in values)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return (keys[starts], *(np.add.reduceat(own, starts) for own in values))
