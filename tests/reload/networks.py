"""Small networks with weights that are loaded at run time."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.dense import Dense

INPUT = FixedQuantizer(FixedFormat(True, 2, 3), Rounding.RND_CONV, Overflow.SAT)
HIDDEN = FixedQuantizer(FixedFormat(False, 1, 4), Rounding.RND, Overflow.SAT)


ALL_LOW, ALL_HIGH = -1, -2  # seeds


def constants(shape: tuple[int, ...], bits: int, seed: int) -> ReloadableTensor:
    """Random codes of a signed format, or all of them at one of its ends."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    if seed < 0:
        return ReloadableTensor(np.full(shape, low if seed == ALL_LOW else high, np.int64), bits - 1, low, high)
    rng = np.random.default_rng((seed, *shape))
    return ReloadableTensor(rng.integers(low, high + 1, shape), bits - 1, low, high)


def two_layers(seed: int, sizes: tuple[int, int, int] = (6, 5, 3), bits: int = 5, name: str = "net") -> Graph:
    """Two fully connected layers with a ReLU between them, of which only the weights depend on the seed."""
    inputs, hidden, outputs = sizes
    layers = (
        Input("x", (), (inputs,), INPUT),
        Dense("fc1", ("x",), constants((inputs, hidden), bits, seed), constants((hidden,), bits, seed)),
        ActivationLayer("relu1", ("fc1",), HIDDEN),
        Dense("fc2", ("relu1",), constants((hidden, outputs), bits, seed), constants((outputs,), bits, seed)),
    )
    return Graph(name, layers, ("fc2",))
