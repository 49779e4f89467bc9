"""The registers that hold the weights of the current phase: `bxnn_weight_rom`.

A bit of a word that changes from phase to phase is a register, loaded through one LUT (up to 64 phases) that reads a
phase counter. Bits that are equal in all phases share a register, at most `READERS` of them; as many registers share a
counter as its `max_fanout` allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.fabric import ROM_WORDS, Fabric
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

READERS = 32  # most bits of words that one register drives: those of a few neighbouring rows of slices


@dataclass(frozen=True, eq=False)
class WeightRegisters:
    """The different columns of a ROM that change.

    Attributes:
        phases: Rows of the ROM.
        early: Whether its counters have a register for valid.
        readers: int64, shape (columns,): bits of a word that are equal to each column.
        pages: int64, shape (columns,): pages of 64 rows in which it changes.
    """

    phases: int
    early: bool
    readers: Int
    pages: Int

    @classmethod
    def of(cls, words: Int, bits: int, early: bool = False) -> WeightRegisters:
        """The registers of signed codes of ``bits`` bits; int64, shape (phases, codes)."""
        phases = len(words)
        planes = ((words[:, :, np.newaxis] >> np.arange(bits)) & 1).astype(np.uint8).reshape(phases, -1)
        planes = planes[:, (planes != planes[:1]).any(axis=0)]
        rows, readers = _different(planes)
        starts = np.arange(0, phases, ROM_WORDS)
        high, low = np.maximum.reduceat(rows, starts, axis=0), np.minimum.reduceat(rows, starts, axis=0)
        return cls(
            phases, early, np.asarray(readers, np.int64), np.asarray((high != low).sum(axis=0).clip(1), np.int64)
        )

    @property
    def most_readers(self) -> int:
        """Most bits of a word that a register drives; 0 if there is none."""
        return min(int(self.readers.max(initial=0)), READERS)

    @property
    def least_loads(self) -> int:
        """Loads of a bit of a counter of a single register; 0 if there is none."""
        return 1 + _own_loads(self.phases) if self.readers.size else 0

    def most_loads(self, max_fanout: int) -> int:
        """Most loads of a bit of a counter."""
        copies = self._per_copy()
        return min(max(copies, default=0), per_counter(self.phases, max_fanout)) + _own_loads(self.phases)

    def fabric(self, max_fanout: int) -> Fabric:
        """Its LUTs and flip-flops."""
        shared = per_counter(self.phases, max_fanout)
        counters = sum(ceil_div(registers, shared) for registers in self._per_copy())
        copies = ceil_div(self.readers, READERS)
        return Fabric(
            rom_columns=int((copies * self.pages).sum()),
            counters=counters,
            multiplexers=counters,  # enables the registers during an event
            register_bits=int(copies.sum()) + counters * (ceil_log2(self.phases) + self.early),
        )

    def _per_copy(self) -> list[int]:
        """How many registers there are of every copy: those of all columns, then those with too many readers for it."""
        most = int(self.readers.max(initial=0))
        return [int((self.readers > copy * READERS).sum()) for copy in range(ceil_div(most, READERS))]


def _different(planes: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Int]:
    """The different columns of a matrix of bits, and how often each occurs.

    Up to 64 rows are compared as one integer, which takes a fraction of the time of comparing bytes.
    """
    phases, packed = len(planes), np.packbits(planes, axis=0)
    if phases > ROM_WORDS:
        columns, readers = np.unique(packed, axis=1, return_counts=True)
        return np.unpackbits(columns, axis=0, count=phases), np.asarray(readers, np.int64)
    words = np.zeros((packed.shape[1], ROM_WORDS // 8), np.uint8)
    words[:, : len(packed)] = packed.T
    different, readers = np.unique(words.view(np.uint64), return_counts=True)
    columns = different[:, np.newaxis].view(np.uint8).T
    return np.unpackbits(columns, axis=0, count=phases), np.asarray(readers, np.int64)


def per_counter(phases: int, max_fanout: int) -> int:
    """Registers that share a counter, of whose bits none has more than ``max_fanout`` loads."""
    return max(max_fanout - _own_loads(phases), 1)


def _own_loads(phases: int) -> int:
    """Loads of a bit of a counter besides the words: the counter, and the enable of the registers."""
    return ceil_log2(phases) + 1
