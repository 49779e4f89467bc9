"""The hypervolume that bench.search_front compares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.search_front import hypervolume

_SIDE = 8  # cells of the cube on each side
_POINT = st.tuples(*[st.integers(0, _SIDE + 1)] * 3)


@settings(max_examples=50, deadline=None)
@given(st.lists(_POINT, max_size=6))
def test_hypervolume_counts_the_cells_above_a_point(points: list[tuple[int, int, int]]) -> None:
    cells = np.zeros((_SIDE, _SIDE, _SIDE), np.bool_)
    for x, y, z in points:
        cells[x:, y:, z:] = True
    found = hypervolume([(x / _SIDE, y / _SIDE, z / _SIDE) for x, y, z in points])
    assert found == pytest.approx(cells.mean())
