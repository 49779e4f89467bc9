"""The widths of the nodes in trees that add the sums of DSP slices: what their proven ranges need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class SumTrees:
    """Binary trees over neighbours, as `adder_tree.vhd`.

    Attributes:
        low: Smallest value of each leaf; int64, shape (trees, leaves).
        high: Largest value.
        present: Which leaves are sums of slices; the others are constants.
        leaf_bits: Bits of a leaf before it is extended.
        most_bits: Bits of a finished sum; no node is wider.
    """

    low: Int
    high: Int
    present: NDArray[np.bool_]
    leaf_bits: int
    most_bits: int

    @cached_property
    def levels(self) -> tuple[Int, ...]:
        """Bits of the nodes of every level, the leaves first; int64, shape (trees, nodes)."""
        trees, leaves = self.present.shape
        low, high = (np.zeros((trees, 1 << ceil_log2(leaves)), np.int64) for _ in range(2))
        low[:, :leaves], high[:, :leaves] = self.low, self.high
        found = [np.full(low.shape, min(self.leaf_bits, self.most_bits), np.int64)]
        while low.shape[1] > 1:
            low, high = low[:, ::2] + low[:, 1::2], high[:, ::2] + high[:, 1::2]
            found.append(np.minimum(signed_bits_of(low, high), self.most_bits))
        return tuple(found)

    def read(self, bits: int) -> tuple[Int, ...]:
        """The same if only ``bits`` low bits of the sums are read."""
        return tuple(np.minimum(level, bits) for level in self.levels)

    @property
    def node_bits(self) -> Int:
        """Bits of all nodes but leaves as in a heap, the root first; int64, shape (trees, nodes)."""
        trees = len(self.present)
        return np.concatenate([np.zeros((trees, 0), np.int64), *reversed(self.levels[1:])], axis=1)

    @property
    def sign_loads(self) -> int:
        """Most bits of a node that the sign of one of its addends drives, at least 1."""
        most = 1
        for below, nodes in zip(self.levels, self.levels[1:], strict=False):
            addend = np.minimum(below[:, ::2], below[:, 1::2])
            most = max(most, int((nodes - addend).max(initial=0)) + 1)
        return most


def signed_bits_of(low: Int, high: Int) -> Int:
    """As ``numeric.integers.signed_bits`` for each element; above 2**52 it may be one more."""
    magnitude = np.maximum(np.maximum(high, 0), np.maximum(-low - 1, 0))
    return np.asarray(np.frexp(magnitude.astype(np.float64))[1] + 1, np.int64)
