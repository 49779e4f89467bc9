"""The widths of the nodes in trees that add the sums of DSP slices: what their proven ranges need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.fabric import LEAST_SHIFT
from bxnn.compiler.hardware.tree_adders import Adder
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True)
class Shifts:
    """Whether registers in a row in trees become shift-register LUTs, which are slower to read than flip-flops.

    Attributes:
        within: Of values that are added to others.
        at_end: Of finished sums.
    """

    within: bool = False
    at_end: bool = False

    @classmethod
    def of(cls, live: NDArray[np.bool_], levels: Sequence[bool]) -> Shifts:
        """Those of binary trees over neighbours.

        Args:
            live: Which leaves are not zero; shape (trees, a power of two). What meets a zero passes on.
            levels: For every level, whether a register follows it, the first level first.
        """
        passed, within = np.zeros(live.shape, np.int64), False  # registers since the last adder
        for registered in levels:
            first, second = live[:, ::2], live[:, 1::2]
            both = first & second
            before = np.maximum(np.where(first, passed[:, ::2], 0), np.where(second, passed[:, 1::2], 0))
            within = within or bool((before[both] >= LEAST_SHIFT).any())
            passed, live = np.where(both, 0, before) + registered, first | second
        return cls(within, bool((passed[live] >= LEAST_SHIFT).any()))


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

    def shifts(self, levels: Sequence[bool]) -> Shifts:
        """Where values get through registers in a row; see ``Shifts.of``."""
        live = np.zeros(self.levels[0].shape, np.bool_)
        live[:, : self.present.shape[1]] = (self.low != 0) | (self.high != 0)
        return Shifts.of(live, levels)

    def adders(self, bits: int) -> tuple[tuple[Adder, ...], ...]:
        """The different adders of every level if only ``bits`` low bits of the sums are read, the first level first."""
        leaves, *levels = self.read(bits)
        exists = np.arange(leaves.shape[1]) < self.present.shape[1]
        return different_adders(leaves, exists, levels)


def different_adders(leaves: Int, exists: NDArray[np.bool_], levels: Sequence[Int]) -> tuple[tuple[Adder, ...], ...]:
    """The different adders of the levels of binary trees.

    Args:
        leaves: Bits of every leaf; int64, shape (trees, a power of two).
        exists: Which leaves there are, the first ones; a node with one child has no adder and is as wide as that child.
        levels: Bits of every sum of every level; int64, shape (trees, sums).
    """
    found: list[tuple[Adder, ...]] = []
    width = leaves
    for sums in levels:
        both = exists[1::2]
        adders = np.stack([width[:, ::2][:, both], width[:, 1::2][:, both], sums[:, both]], axis=-1).reshape(-1, 3)
        found.append(tuple((first, second, total) for first, second, total in np.unique(adders, axis=0).tolist()))
        width, exists = np.where(both, sums, width[:, ::2]), exists[::2]
    return tuple(found)


def signed_bits_of(low: Int, high: Int) -> Int:
    """As ``numeric.integers.signed_bits`` for each element; above 2**52 it may be one more."""
    magnitude = np.maximum(np.maximum(high, 0), np.maximum(-low - 1, 0))
    return np.asarray(np.frexp(magnitude.astype(np.float64))[1] + 1, np.int64)
