"""Quick estimates of adder graphs: never far above what the best graph takes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.adder_estimates import drawn_solver, share
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.schedule.lut.adder_estimate import LEAST_SHARE
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 30))
def test_the_best_graph_takes_the_share_of_the_estimate_that_is_counted_on(seed: int) -> None:
    assert share(drawn_solver(np.random.default_rng(seed))) >= LEAST_SHARE


def _large(outputs: int) -> AdderSolver:
    weights = np.random.default_rng(5).integers(-127, 128, (outputs, 40))
    ends = np.zeros(40, np.int64), np.full(40, 255, np.int64)
    return AdderSolver("fc", LinearMap(weights, np.zeros(outputs, np.int64), weights.size), *ends)


def test_an_estimate_of_a_large_matrix_ends_once_it_is_beyond_what_is_asked() -> None:
    part, whole = _large(90).estimated_adder_bits(5000), _large(90).estimated_adder_bits(1 << 40)
    assert 5000 < part < whole / 2


def test_many_products_of_one_input_are_not_estimated() -> None:
    weights = np.arange(3, 43, 2)[:, np.newaxis]
    solver = AdderSolver("fc", LinearMap(weights, np.zeros(20, np.int64), 20), np.zeros(1, np.int64), np.full(1, 255))
    assert solver.estimated_adder_bits(1 << 40) == 0
