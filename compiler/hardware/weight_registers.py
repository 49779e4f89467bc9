"""The registers that hold the weights of the current phase: `bxnn_weight_rom`.

A bit of a word that changes from phase to phase is a register, loaded through LUTs that read a phase counter: one for
every page of 64 phases, and those that choose between pages. Bits that are equal in all phases share a register, at
most `READERS` of them; as many registers share a counter as its `max_fanout` allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.delays.path_delay import PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import ROM_WORDS, Fabric
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

_COUNTER_LUTS = (0, 2, 3, 4, 6, 9)  # of a counter of 1 to 6 bits, and of what enables its registers
_PAGED_COUNTER_LUTS = 8  # of a wider one, besides one for each of its bits
_PAGED_COUNTER_FLAGS = 2  # its registers for whether there is an event, and whether its phase is the last one
_LUT_INPUTS = 6
_CHOICES = 4  # inputs from which a LUT6 chooses
READERS = 32  # most bits of words that one register drives: those of a few neighbouring rows of slices


@dataclass(frozen=True, eq=False)
class WeightRegisters:
    """The different columns of a ROM that change.

    Attributes:
        phases: Rows of the ROM.
        early: Whether its counters have a register for valid.
        readers: int64, shape (columns,): bits of a word that are equal to each column.
        pages: int64, shape (columns,): pages of 64 rows in which it changes, of the rows that follow each phase.
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
        if phases <= ROM_WORDS:
            readers = _different_of_a_page(planes)
            return cls(phases, early, readers, np.ones(readers.size, np.int64))
        planes = planes[:, (planes != planes[:1]).any(axis=0)]
        rows, readers = _different(planes)
        following = np.roll(rows, -1, axis=0)
        starts = np.arange(0, phases, ROM_WORDS)
        ends = [function.reduceat(following, starts, axis=0) for function in (np.minimum, np.maximum)]
        pages = np.asarray((ends[0] != ends[1]).sum(axis=0), np.int64)
        return cls(phases, early, np.asarray(readers, np.int64), pages)

    @property
    def most_readers(self) -> int:
        """Most bits of a word that a register drives; 0 if there is none."""
        return min(int(self.readers.max(initial=0)), READERS)

    @property
    def least_loads(self) -> int:
        """Loads of a bit of a counter of a single register; 0 if there is none."""
        return _pages(self.phases) + _own_loads(self.phases) if self.readers.size else 0

    def most_loads(self, max_fanout: int) -> int:
        """Most loads of a bit of a counter."""
        registers = min(max(self._per_copy(), default=0), per_counter(self.phases, max_fanout))
        return registers * _pages(self.phases) + _own_loads(self.phases)

    def fabric(self, max_fanout: int) -> Fabric:
        """Its LUTs and flip-flops."""
        shared = per_counter(self.phases, max_fanout)
        counters = sum(ceil_div(registers, shared) for registers in self._per_copy())
        copies = ceil_div(self.readers, READERS)
        pages, bits = _pages(self.phases), ceil_log2(self.phases)
        of_counter = _COUNTER_LUTS[bits - 1] if pages == 1 else bits + _PAGED_COUNTER_LUTS
        chosen = _choices(pages)
        flags = self.early + _PAGED_COUNTER_FLAGS * (pages > 1)
        return Fabric(
            counted_luts=int((copies * (self.pages + chosen)).sum()) + counters * of_counter,
            register_bits=int(copies.sum()) + counters * (bits + flags),
        )

    def _per_copy(self) -> list[int]:
        """How many registers there are of every copy: those of all columns, then those with too many readers for it."""
        most = int(self.readers.max(initial=0))
        return [int((self.readers > copy * READERS).sum()) for copy in range(ceil_div(most, READERS))]


def _different(planes: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Int]:
    """The different columns of a matrix of bits, and how often each occurs."""
    columns, readers = np.unique(np.packbits(planes, axis=0), axis=1, return_counts=True)
    return np.unpackbits(columns, axis=0, count=len(planes)), np.asarray(readers, np.int64)


def _different_of_a_page(planes: NDArray[np.uint8]) -> Int:
    """How often each of the different columns of at most 64 bits occurs that are not constant.

    They are compared as one integer, which takes a fraction of the time of comparing bytes.
    """
    words = np.zeros((planes.shape[1] + 1, ROM_WORDS // 8), np.uint8)
    packed = np.packbits(planes, axis=0)
    words[:-1, : len(packed)] = packed.T
    words[-1, : len(packed)] = np.packbits(np.ones(len(planes), np.uint8))
    integers = words.view(np.uint64)[:, 0]
    different, readers = np.unique(integers[:-1], return_counts=True)
    return np.asarray(readers[(different != 0) & (different != integers[-1])], np.int64)


def per_counter(phases: int, max_fanout: int) -> int:
    """Registers that share a counter, of whose bits none has more than ``max_fanout`` loads."""
    return max((max_fanout - _own_loads(phases)) // _pages(phases), 1)


def _pages(phases: int) -> int:
    """LUTs that look up a bit of a word, each of which reads the counter."""
    return ceil_div(phases, ROM_WORDS)


def _choices(pages: int) -> int:
    """LUTs that choose a page: one of four each, then one of four of these; a group of one needs none."""
    found = 0
    while pages > 1:
        found, pages = found + ceil_div(pages, _CHOICES) - (pages % _CHOICES == 1), ceil_div(pages, _CHOICES)
    return found


def _own_loads(phases: int) -> int:
    """Loads of a bit of a counter besides the words: the counter, and the enable of the registers."""
    return ceil_log2(phases) + 1


def register_paths(phases: int, loads: int, technology: Technology) -> tuple[PathDelay, PathDelay]:
    """From a counter whose bits have a number of loads to the words, and to what resets these between events."""
    pages = _pages(phases)
    counter = technology.start + technology.net(loads)
    looked_up = technology.luts(1)
    if pages > 1:
        looked_up += technology.net(2) + multiplexer(pages, technology, 2)
    idle = technology.luts(1 if ceil_log2(phases) < _LUT_INPUTS else 2, 2)
    return (
        PathDelay(PathClass.DATA, counter + looked_up + technology.into_register),
        PathDelay(PathClass.CONTROL, counter + idle + technology.net(loads) + technology.reset),
    )
