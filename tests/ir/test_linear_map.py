"""Linear maps: what inputs that never change contribute is constant."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.ir.linear_map import LinearMap


@given(st.integers(0, 2**32 - 1))
def test_inputs_that_never_change_are_in_the_bias(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outputs, inputs = rng.integers(1, 6, 2)
    low = rng.integers(-8, 8, inputs)
    high = low + rng.integers(0, 2, inputs) * rng.integers(0, 8, inputs)
    known = LinearMap(rng.integers(-8, 8, (outputs, inputs)), rng.integers(-8, 8, outputs), 0)
    found = known.with_constants(low, high)
    x = rng.integers(low, high + 1, (20, inputs))
    assert (x @ found.weights.T + found.bias == x @ known.weights.T + known.bias).all()
    assert not found.weights[:, low == high].any()
    assert (found.weights[:, low != high] == known.weights[:, low != high]).all()
