"""Constant linear maps: what every Dense or convolution layer looks like to the scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.grouped_sums import grouped_sums
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.tensor import FixedTensor, Int


@dataclass(frozen=True, eq=False)
class Reload:
    """What may replace the weights and biases of a map at run time.

    Attributes:
        taps: int64, shape (outputs, inputs): number of the weight of each product, from 1; 0 where there is none.
        low: Smallest code of a weight, at most 0.
        high: Largest code of a weight, at least 0.
        bias_low: Smallest code of each bias; int64, shape (outputs,).
        bias_high: Largest code of each bias.
    """

    taps: Int
    low: int
    high: int
    bias_low: Int
    bias_high: Int


@dataclass(frozen=True, eq=False)
class WeightSets:
    """The weights and biases of a map for every channel.

    Attributes:
        taps: As those of ``Reload``; 0 also where no set has a weight that is not zero.
        weights: int64, shape (sets, outputs, inputs).
        bias: int64, shape (sets, outputs).
    """

    taps: Int
    weights: Int
    bias: Int


@dataclass(frozen=True, eq=False)
class LinearMap:
    """``y[o] = sum_i weight[o, i] * x[i] + bias[o]`` on codes, elements numbered in row-major order.

    Attributes:
        weights: int64, shape (outputs, inputs); a zero entry is not a MAC.
        bias: int64, shape (outputs,), on the grid of the products.
        macs: MACs of the layer as counted for published networks, zeros included.
        reload: What may replace weights and biases at run time; ``None`` if they are constants.
        sets: The weights and biases of every channel; ``None`` if all channels share those of the map.
        least_bits: Width that sums have at least, for a reader that takes as many.
    """

    weights: Int
    bias: Int
    macs: int
    reload: Reload | None = None
    least_bits: int = 0
    sets: WeightSets | None = None

    @property
    def taps(self) -> Int:
        """Where there are products: 0 for none; equal numbers for products with the same weight.

        int64, shape (outputs, inputs): the weights themselves, or the numbers of weights that are not known or of
        which there are several sets.
        """
        several = self.reload or self.sets
        return self.weights if several is None else several.taps

    @property
    def is_fixed(self) -> bool:
        """Whether its weights and biases never change."""
        return self.reload is None and self.sets is None

    @property
    def choices(self) -> tuple[Int, Int]:
        """The weights, shape (sets, outputs, inputs), and biases, shape (sets, outputs), that are in memories."""
        if self.sets is None:
            return self.weights[np.newaxis], self.bias[np.newaxis]
        return self.sets.weights, self.sets.bias

    @property
    def least(self) -> Int:
        """Smallest code of each weight; int64, shape (outputs, inputs)."""
        if self.sets is not None:
            return np.asarray(self.sets.weights.min(axis=0), np.int64)
        return self.weights if self.reload is None else np.where(self.reload.taps != 0, self.reload.low, 0)

    @property
    def bias_bounds(self) -> tuple[Int, Int]:
        """Smallest and largest code of each bias; two int64 arrays, shape (outputs,)."""
        if self.sets is not None:
            return np.asarray(self.sets.bias.min(axis=0), np.int64), np.asarray(self.sets.bias.max(axis=0), np.int64)
        if self.reload is None:
            return self.bias, self.bias
        return self.reload.bias_low, self.reload.bias_high

    @property
    def loads_bias(self) -> bool:
        """Whether biases can be loaded at run time."""
        return self.reload is not None and bool((self.reload.bias_low != self.reload.bias_high).any())

    def without_zeros(self, zeros: Int) -> LinearMap:
        """The same map on inputs without the ``zeros`` low bits that are always zero, shape (inputs,)."""
        return LinearMap(self.weights << zeros, self.bias, self.macs)

    def with_constants(self, low: Int, high: Int) -> LinearMap:
        """The same map with the products of inputs that never change in the bias: they need no multiplier.

        Weights that can be loaded, or of which there are several sets, keep theirs.

        Args:
            low: Smallest code of each input, int64, shape (inputs,).
            high: Largest code.
        """
        constant = low == high
        if not self.is_fixed or not constant.any():
            return self
        bias = self.bias + self.weights[:, constant] @ low[constant]
        return LinearMap(np.where(constant, 0, self.weights), bias, self.macs)

    def only(self, read: NDArray[np.bool_], bits: int) -> LinearMap:
        """The same map without the products and biases of outputs that nothing reads.

        Weights that can be loaded, or of which there are several sets, keep theirs.

        Args:
            read: Which outputs are read; shape (outputs,).
            bits: Width of the results.
        """
        if not self.is_fixed:
            return self
        weights, bias = np.where(read[:, np.newaxis], self.weights, 0), np.where(read, self.bias, 0)
        return LinearMap(weights, bias, self.macs, least_bits=bits)

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
        """Output and input of each product, row by row."""
        outputs, inputs = np.nonzero(self.taps)
        return outputs, inputs

    @property
    def macs_nonzero(self) -> int:
        """Number of MACs with a weight that is not zero for good."""
        return int(self.nonzero[0].size)

    @property
    def unread(self) -> int:
        """Inputs whose weights are all zero."""
        return self.inputs - int(self.taps.any(axis=0).sum())

    @property
    def is_local(self) -> bool:
        """Whether at least a quarter of the weights is zero, as in a convolution even of a small tile."""
        return 4 * self.macs_nonzero <= 3 * int(self.weights.size)

    @cached_property
    def weight_bits(self) -> int:
        """Signed width of the weights."""
        if self.reload is not None:
            return max(2, signed_bits(self.reload.low, self.reload.high))
        return FixedTensor(self.choices[0], 0).bits

    def bounds(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Exact interval of each output for inputs between ``low`` and ``high`` (int64, shape (inputs,))."""
        smallest, largest = self.products(low, high)
        return smallest.sum(axis=1) + self.bias_bounds[0], largest.sum(axis=1) + self.bias_bounds[1]

    def products(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Smallest and largest product of each weight and an input between ``low`` and ``high``.

        Returns:
            Two int64 arrays, shape (outputs, inputs), 0 where there is none.
        """
        found = np.zeros(self.taps.shape, np.int64), np.zeros(self.taps.shape, np.int64)
        for part, ends in zip(found, self.product_bounds(low, high), strict=True):
            part[self.nonzero] = ends
        return found

    def partial_sum_bounds(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Interval of all partial sums, for any order of the products, with or without the bias."""
        lowest, highest = np.minimum(self.bias_bounds[0], 0), np.maximum(self.bias_bounds[1], 0)
        smallest, largest = self.product_bounds(low, high)
        ends = np.minimum(smallest, 0), np.maximum(largest, 0)
        outputs, below, above = grouped_sums(self.nonzero[0], *ends)
        lowest[outputs] += below
        highest[outputs] += above
        return lowest, highest

    def product_bounds(self, low: Int, high: Int) -> tuple[Int, Int]:
        """Smallest and largest product of each nonzero weight, in the order of ``nonzero``; two int64 arrays."""
        return self.ends_of_products(*self.nonzero, low, high)

    def ends_of_products(self, outputs: Int, inputs: Int, low: Int, high: Int) -> tuple[Int, Int]:
        """Smallest and largest value of some products, which exist; two int64 arrays."""
        weights: list[Any] = [self.weights[outputs, inputs]]
        if self.reload is not None:
            weights = [self.reload.low, self.reload.high]
        elif self.sets is not None:
            every = self.sets.weights[:, outputs, inputs]
            weights = [every.min(axis=0), every.max(axis=0)]
        corners = [weight * bound[inputs] for weight in weights for bound in (low, high)]
        return np.asarray(np.minimum.reduce(corners), np.int64), np.asarray(np.maximum.reduce(corners), np.int64)
