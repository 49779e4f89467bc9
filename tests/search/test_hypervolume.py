"""The volume of a front, and what a network is expected to add to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.search.hypervolume import expected_gain, hypervolume

_SIDE = 8  # cells of the cube on each side
_POINT = st.tuples(*[st.integers(0, _SIDE + 1)] * 3)
_SHARE = st.floats(0.05, 0.95)


@settings(max_examples=50, deadline=None)
@given(st.lists(_POINT, max_size=6))
def test_hypervolume_counts_the_cells_above_a_point(points: list[tuple[int, int, int]]) -> None:
    cells = np.zeros((_SIDE, _SIDE, _SIDE), np.bool_)
    for x, y, z in points:
        cells[x:, y:, z:] = True
    found = hypervolume([(x / _SIDE, y / _SIDE, z / _SIDE) for x, y, z in points])
    assert found == pytest.approx(cells.mean())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(_SHARE, _SHARE, _SHARE), max_size=5), _SHARE, _SHARE, _SHARE, st.floats(0.01, 0.3))
def test_the_expected_gain_is_the_mean_of_the_gains(
    front: list[tuple[float, float, float]], loss: float, latency: float, area: float, spread: float
) -> None:
    """Of losses at equal steps of probability, by the hypervolumes themselves."""
    normal = np.sort(np.random.default_rng(1).normal(size=4001))
    before = hypervolume(front)
    losses = loss + spread * (normal - normal.mean()) / normal.std()
    gains = [hypervolume([*front, (value, latency, area)]) - before for value in losses[::20].tolist()]
    assert expected_gain(front, loss, spread, latency, area) == pytest.approx(np.mean(gains), abs=0.02)


def test_a_network_that_costs_more_and_cannot_be_better_adds_nothing() -> None:
    front = [(0.2, 0.3, 0.3)]
    assert expected_gain(front, 0.6, 0.01, 0.4, 0.4) == pytest.approx(0, abs=1e-12)
    assert expected_gain(front, 0.6, 0.01, 0.2, 0.4) == pytest.approx(0.4 * 0.1 * 0.6, abs=1e-3)  # it is faster
    assert expected_gain(front, 0.1, 0.01, 1.0, 0.1) == 0  # beyond the corner
