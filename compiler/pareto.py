"""The single definition of dominance: for partial designs, forms, complete designs and points of a sweep."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
_PART_ROWS = 64  # that are compared with all kept ones at once


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
    return _by_parts(table, slack)


def _by_parts(table: NDArray[Any], slack: int) -> NDArray[np.int64]:
    """The same for any number of costs, many rows at once."""
    bound = table.copy()
    bound[:, -1] += slack
    kept = np.empty(0, np.int64)
    for first in range(0, len(table), _PART_ROWS):
        part = np.arange(first, min(first + _PART_ROWS, len(table)))
        part = part[~_beats(table[kept], bound[part]).any(axis=0)]
        beats = np.triu(_beats(table[part], bound[part]), 1)
        left = np.asarray(~beats.any(axis=0), np.bool_)
        if slack:  # one that is dropped beats none, though it may be the only one that is close enough
            for place in range(len(part)):
                left[place] = not beats[:place, place][left[:place]].any()
        kept = np.concatenate([kept, part[left]])
    return kept


def _beats(table: NDArray[Any], bound: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each row matches or beats each bound in all costs; bool, shape (rows, bounds)."""
    found = np.ones((len(table), len(bound)), np.bool_)
    for own, limit in zip(table.T, bound.T, strict=True):
        found &= own[:, np.newaxis] <= limit
    return found


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
