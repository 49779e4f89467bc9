"""The fast paths for fronts of two and three costs keep the same items as the general definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.pareto import undominated

Costs = tuple[int, ...]


def by_definition(items: list[Costs], slack: int) -> list[Costs]:
    kept: list[Costs] = []
    for item in items:
        limit = (*item[:-1], item[-1] + slack)
        if not any(all(a <= b for a, b in zip(other, limit, strict=True)) for other in kept):
            kept.append(item)
    return kept


@pytest.mark.parametrize("slack", [0, 1, 3])
@pytest.mark.parametrize("shape", ["first", "two", "last two", "three", "last three", "equal"])
def test_undominated_is_its_definition(shape: str, slack: int) -> None:
    rng = np.random.default_rng(9)
    varying = {
        "first": [0],
        "two": [0, 1],
        "last two": [0, 3],
        "three": [0, 1, 2],
        "last three": [0, 2, 3],
        "equal": [],
    }[shape]
    for _ in range(40):
        table = np.full((30, 4), 5)
        table[:, varying] = rng.integers(0, 12, (30, len(varying)))
        items = sorted(tuple(row) for row in table.tolist())
        assert undominated(items, lambda item: item, slack) == by_definition(items, slack)


@given(st.integers(0, 1 << 32), st.integers(1, 300), st.integers(1, 7), st.integers(1, 12), st.integers(0, 4))
def test_many_rows_at_once_keep_the_same(seed: int, rows: int, costs: int, most: int, slack: int) -> None:
    """More rows than are compared at once, and more costs than the fast paths have."""
    table = np.random.default_rng(seed).integers(0, most + 1, (rows, costs))
    items = sorted(tuple(row) for row in table.tolist())
    assert undominated(items, lambda item: item, slack) == by_definition(items, slack)


def test_nothing_is_undominated_in_nothing() -> None:
    assert undominated([], lambda item: item) == []
