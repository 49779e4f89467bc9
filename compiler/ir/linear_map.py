"""Constant linear maps: what every Dense or convolution layer looks like to the scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bxnn.compiler.numeric.tensor import FixedTensor, Int


@dataclass(frozen=True, eq=False)
class LinearMap:
    """``y[o] = sum_i weight[o, i] * x[i] + bias[o]`` on codes, elements numbered in row-major order.

    Attributes:
        weights: int64, shape (outputs, inputs); a zero entry is not a MAC.
        bias: int64, shape (outputs,), on the grid of the products.
        macs: MACs of the layer as counted for published networks, zeros included.
    """

    weights: Int
    bias: Int
    macs: int

    def without_zeros(self, zeros: Int) -> LinearMap:
        """The same map on inputs without the ``zeros`` low bits that are always zero, shape (inputs,)."""
        return LinearMap(self.weights << zeros, self.bias, self.macs)

    @property
    def outputs(self) -> int:
        """Number of output elements."""
        return int(self.weights.shape[0])

    @property
    def inputs(self) -> int:
        """Number of input elements."""
        return int(self.weights.shape[1])

    @cached_property
    def nonzero(self) -> tuple[Int, Int]:
        """Output and input of each nonzero weight, row by row."""
        outputs, inputs = np.nonzero(self.weights)
        return outputs, inputs

    @property
    def macs_nonzero(self) -> int:
        """Number of MACs with a nonzero weight."""
        return int(self.nonzero[0].size)

    @property
    def unread(self) -> int:
        """Inputs whose weights are all zero."""
        return self.inputs - int(self.weights.any(axis=0).sum())

    @property
    def is_local(self) -> bool:
        """Whether at least a quarter of the weights is zero, as in a convolution even of a small tile."""
        return 4 * self.macs_nonzero <= 3 * int(self.weights.size)

    @cached_property
    def weight_bits(self) -> int:
        """Signed width of the weights."""
        return FixedTensor(self.weights, 0).bits

    def bounds(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Exact interval of each output for inputs between ``low`` and ``high`` (int64, shape (inputs,))."""
        positive, negative = np.maximum(self.weights, 0), np.minimum(self.weights, 0)
        lowest = positive @ low + negative @ high + self.bias
        highest = positive @ high + negative @ low + self.bias
        return np.asarray(lowest, np.int64), np.asarray(highest, np.int64)

    def partial_sum_bounds(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Interval of all partial sums, for any order of the products, with or without the bias."""
        lowest, highest = np.minimum(self.bias, 0), np.maximum(self.bias, 0)
        smallest, largest = self.product_bounds(low, high)
        np.add.at(lowest, self.nonzero[0], np.minimum(smallest, 0))
        np.add.at(highest, self.nonzero[0], np.maximum(largest, 0))
        return lowest, highest

    def product_bounds(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Smallest and largest product of each nonzero weight, in the order of ``nonzero``; two int64 arrays."""
        outputs, inputs = self.nonzero
        weights = self.weights[outputs, inputs]
        at_low, at_high = weights * low[inputs], weights * high[inputs]
        return np.minimum(at_low, at_high), np.maximum(at_low, at_high)
