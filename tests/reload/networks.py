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


def constants(shape: tuple[int, ...], bits: int, rng: np.random.Generator) -> ReloadableTensor:
    """Random codes of a signed format."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return ReloadableTensor(rng.integers(low, high + 1, shape), bits - 1, low, high)


def two_layers(seed: int, sizes: tuple[int, int, int] = (6, 5, 3), bits: int = 5, name: str = "net") -> Graph:
    """Two fully connected layers with a ReLU between them, of which only the weights depend on the seed."""
    rng = np.random.default_rng(seed)
    inputs, hidden, outputs = sizes
    layers = (
        Input("x", (), (inputs,), INPUT),
        Dense("fc1", ("x",), constants((inputs, hidden), bits, rng), constants((hidden,), bits, rng)),
        ActivationLayer("relu1", ("fc1",), HIDDEN),
        Dense("fc2", ("relu1",), constants((hidden, outputs), bits, rng), constants((outputs,), bits, rng)),
    )
    return Graph(name, layers, ("fc2",))
