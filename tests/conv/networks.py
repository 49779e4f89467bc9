"""Handmade convolutional graphs."""

import numpy as np

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.reshape import Reshape
from tests.ir.networks import activation, dense, network, source


def window(*size: int, stride: int = 1, before: int = 0, after: int = 0) -> Window:
    """A square-stepping window with the same border on all axes."""
    rank = len(size)
    return Window(size, (stride,) * rank, (1,) * rank, (before,) * rank, (after,) * rank)


def conv(name: str, reads: str, channels: int, filters: int, where: Window, seed: int = 1) -> Conv2D:
    """A convolution with random codes of 5 bits and biases."""
    rng = np.random.default_rng(seed)
    kernel = FixedTensor(rng.integers(-15, 16, (*where.size, channels, filters)), 4)
    return Conv2D(name, (reads,), kernel, FixedTensor(rng.integers(-60, 60, filters), 6), where)


def calorimeter() -> Graph:
    """18x14 towers, conv 2x2/2 with 4 filters, dense 16, dense 1: the shape of an anomaly trigger, 5056 MACs."""
    rng = np.random.default_rng(5)
    return network(
        source("x", 18, 14, 1, signed=False, integer_bits=4, fraction_bits=4),
        conv("conv", "x", 1, 4, window(2, 2, stride=2)),
        activation("relu1", "conv"),
        Reshape("flat", ("relu1",), (252,)),
        dense("fc1", "flat", rng.integers(-15, 16, (252, 16)), rng.integers(-60, 60, 16), 4, 6),
        activation("relu2", "fc1"),
        dense("fc2", "relu2", rng.integers(-15, 16, (16, 1)), [3], 4, 6),
        name="calorimeter",
    )
