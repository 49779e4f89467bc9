"""Linear maps and adder graphs for the tests of strategy lut."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.shift_add_graph import ShiftAddGraph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver


def random_map(seed: int, inputs: int, outputs: int, bits: int, sparsity: float) -> tuple[LinearMap, Int, Int]:
    """A map with ranges of its inputs; some inputs are constant, some never negative, some biases zero."""
    rng = np.random.default_rng(seed)
    high = 1 << (bits - 1)
    weights = rng.integers(-high, high, (outputs, inputs), endpoint=True)
    weights[rng.random(weights.shape) < sparsity] = 0
    bias = rng.integers(-(1 << 9), 1 << 9, outputs)
    bias[rng.random(outputs) < 0.3] = 0
    ends = np.sort(rng.integers(-40, 40, (2, inputs)), axis=0)
    low = np.where(rng.random(inputs) < 0.4, 0, ends[0])
    return LinearMap(weights, bias, weights.size), low, np.maximum(ends[1], low)


def solved(seed: int, inputs: int = 6, outputs: int = 5, bits: int = 6, sparsity: float = 0.3) -> ShiftAddGraph:
    """The shallowest adder graph of a random map."""
    linear, low, high = random_map(seed, inputs, outputs, bits, sparsity)
    return AdderSolver("test", linear, low, high).graphs[-1]
