"""The single definition of dominance: for partial designs, forms, complete designs and points of a sweep."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def undominated(items: Sequence[T], costs: Callable[[T], tuple[float, ...]], slack: int = 0) -> list[T]:
    """The items that no other item matches or beats in all costs; of equal ones, the first.

    Args:
        items: In order of preference: an item never beats an earlier one in the first cost.
        costs: The same number of costs for each item; less is better.
        slack: An item is also dropped if another one needs at most this much more of the last cost.
    """
    if not items:
        return []
    return [items[index] for index in undominated_rows(np.array([costs(item) for item in items]), slack).tolist()]


def undominated_rows(table: NDArray[Any], slack: int = 0) -> NDArray[np.int64]:
    """The same for costs in a table, shape (items, costs), with at least one row: the indices of the items."""
    differing = np.flatnonzero((table[:, 1:] != table[0, 1:]).any(axis=0)) + 1
    if slack == 0 and differing.size <= 1:
        # One cost besides the first, which only grows: an item must be better in it than all earlier ones.
        second = table[:, differing[0]] if differing.size else np.zeros(len(table), table.dtype)
        better = np.ones(len(table), np.bool_)
        better[1:] = second[1:] < np.minimum.accumulate(second)[:-1]
        return np.flatnonzero(better)
    if differing.size == 2:
        own = slack if differing[1] == table.shape[1] - 1 else 0  # all are equal in the last cost otherwise
        return _staircase(table[:, differing[0]].tolist(), table[:, differing[1]].tolist(), own)
    bound = table.copy()
    bound[:, -1] += slack
    kept_rows = np.empty_like(table)
    kept: list[int] = []
    for index, (row, limit) in enumerate(zip(table, bound, strict=True)):
        if not bool((kept_rows[: len(kept)] <= limit).all(axis=1).any()):
            kept_rows[len(kept)] = row
            kept.append(index)
    return np.array(kept, np.int64)


def _staircase(second: list[float], third: list[float], slack: int) -> NDArray[np.int64]:
    """The items that no earlier one of those kept matches or beats in both costs, the last one less the slack."""
    kept, seconds, thirds = list[int](), list[float](), list[float]()  # the latter two ascend and descend
    for index, (own, last) in enumerate(zip(second, third, strict=True)):
        before = bisect_right(seconds, own)
        if before and thirds[before - 1] <= last + slack:
            continue
        kept.append(index)
        first = bisect_left(seconds, own)
        beaten = first
        while beaten < len(seconds) and thirds[beaten] >= last:
            beaten += 1
        seconds[first:beaten], thirds[first:beaten] = [own], [last]
    return np.array(kept, np.int64)
