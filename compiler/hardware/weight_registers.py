"""The registers that hold the weights of the current phase: `bxnn_weight_rom`.

A bit of a word that changes from phase to phase is a register, loaded through LUTs that read a phase counter: one for
every page of 64 phases, and those that choose between pages. Bits that are equal in all phases share a register, at
most `READERS` of them; as many registers share a counter as its `max_fanout` allows.

With several sets of weights (`bxnn_replica_sets`), the number of the set is the upper part of what LUTs read, and a row
of every set is in the table. A register of that number beside the counter is all that is between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.fabric import LUT_INPUTS, ROM_WORDS, Fabric
from bxnn.compiler.hardware.valid_loads import ValidShare
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

_COUNTER_LUTS = (0, 2, 3, 4, 6, 9)  # of a counter of 1 to 6 bits, and of what enables its registers
_PLACE_LUTS = (0, 0, 2, 3, 4, 6, 9)  # of a counter of 0 to 6 bits beside the number of a set
_PAGED_COUNTER_LUTS = 8  # of a wider one, besides one for each of its bits
_PAGED_COUNTER_FLAGS = 2  # its registers for whether there is an event, and whether its phase is the last one
_CHOICES = 4  # inputs from which a LUT6 chooses
_COUNTED_ROWS = 8  # of which columns are counted by their value rather than sorted
READERS = 32  # most bits of words that one register drives: those of a few neighbouring rows of slices


@dataclass(frozen=True, eq=False)
class WeightRegisters:
    """The different columns of a ROM that change.

    Attributes:
        phases: Rows of the ROM.
        early: Whether its counters have a register for valid.
        readers: int64, shape (columns,): bits of a word that are equal to each column.
        pages: int64, shape (columns,): pages of 64 rows in which it changes, of the rows that follow each phase.
        starts: bool, shape (columns,): whether it changes from the first row to the second one, when an event starts.
        sets: Sets of weights.
    """

    phases: int
    early: bool
    readers: Int
    pages: Int
    starts: NDArray[np.bool_]
    sets: int = 1

    @classmethod
    def of(cls, words: Int, bits: int, early: bool = False, sets: int = 1) -> WeightRegisters:
        """The registers of signed codes of ``bits`` bits; int64, shape (sets * phases, codes), set after set."""
        rows, phases = len(words), len(words) // sets
        if rows <= _COUNTED_ROWS and table_rows(phases, sets) <= ROM_WORDS:
            return cls.of_each(words[np.newaxis], bits, (early,), sets)[0]
        planes = ((words[:, :, np.newaxis] >> np.arange(bits)) & 1).astype(np.uint8).reshape(rows, -1)
        if max(rows, table_rows(phases, sets)) <= ROM_WORDS:
            readers, starting = _different_of_a_page(planes)
            return cls(phases, early, readers, np.ones(readers.size, np.int64), starting, sets)
        planes = planes[:, (planes != planes[:1]).any(axis=0)]
        different, readers = _different(planes)
        table = np.roll(different, -1, axis=0) if sets == 1 else _in_table(different, phases, sets)
        starts = np.arange(0, len(table), ROM_WORDS)
        ends = [function.reduceat(table, starts, axis=0) for function in (np.minimum, np.maximum)]
        pages = np.asarray((ends[0] != ends[1]).sum(axis=0), np.int64)
        return cls(phases, early, np.asarray(readers, np.int64), pages, different[0] != different[1], sets)

    @classmethod
    def of_each(cls, words: Int, bits: int, early: Sequence[bool], sets: int = 1) -> tuple[WeightRegisters, ...]:
        """The same for several ROMs at once; int64, shape (ROMs, sets * phases, codes), and ``early`` for each."""
        roms, rows, codes = words.shape
        phases = rows // sets
        if rows > _COUNTED_ROWS or table_rows(phases, sets) > ROM_WORDS:
            return tuple(cls.of(own, bits, first, sets) for own, first in zip(words, early, strict=True))
        columns = np.zeros((roms, bits * codes), np.int64)
        for row in range(rows):
            columns |= ((words[:, row, :, np.newaxis] >> np.arange(bits)) & 1).reshape(roms, -1) << row
        columns += np.arange(roms)[:, np.newaxis] << rows
        counts = np.bincount(columns.ravel(), minlength=roms << rows).reshape(roms, -1)
        counts = counts[:, 1:-1]  # without those that are always 0 or 1
        changes = ((np.arange(1, 1 + counts.shape[1]) >> 1 ^ np.arange(1, 1 + counts.shape[1])) & 1).astype(np.bool_)
        return tuple(
            cls(phases, first, own[own > 0], np.ones(np.count_nonzero(own), np.int64), changes[own > 0], sets)
            for own, first in zip(counts, early, strict=True)
        )

    @cached_property
    def _most(self) -> int:
        return int(self.readers.max(initial=0))

    @property
    def most_readers(self) -> int:
        """Most bits of a word that a register drives; 0 if there is none."""
        return min(self._most, READERS)

    @property
    def least_loads(self) -> int:
        """Loads of a bit of a counter of a single register; 0 if there is none."""
        return table_pages(self._rows) + self._own_loads if self.readers.size else 0

    @property
    def _rows(self) -> int:
        """Rows of the table that LUTs look up."""
        return table_rows(self.phases, self.sets)

    @property
    def _own_loads(self) -> int:
        return own_loads(self.phases) if self.sets == 1 else 0

    def most_loads(self, max_fanout: int) -> int:
        """Most loads of a bit of a counter."""
        registers = min(max(self._per_copy(), default=0), per_counter(self.phases, max_fanout, self.sets))
        return registers * table_pages(self._rows) + self._own_loads

    def counters(self, max_fanout: int) -> int:
        """Counters, or registers of the set."""
        shared = per_counter(self.phases, max_fanout, self.sets)
        return sum(ceil_div(registers, shared) for registers in self._per_copy())

    def begun(self, max_fanout: int) -> int:
        """Loads of the valid that starts its counters, by a flip-flop in each if they have a register for it.

        Without one, the LUT of a register that changes as an event starts reads valid as well, if it has an input left.
        """
        counters = self.counters(max_fanout)
        if self.early:
            return counters
        changing = self.readers if self.sets > 1 else self.readers[self.starts]
        read = int(ceil_div(changing, READERS).sum()) if ceil_log2(self._rows) < LUT_INPUTS else 0
        return read + counters * own_loads(self.phases)

    def valid_share(self, max_fanout: int) -> ValidShare:
        """The counters that valid starts."""
        return ValidShare(self.counters(max_fanout), 1 if self.early else min(self.begun(max_fanout), max_fanout))

    def fabric(self, max_fanout: int) -> Fabric:
        """Its LUTs and flip-flops."""
        luts, registers = self.amounts(max_fanout)
        return Fabric(counted_luts=luts, register_bits=registers)

    def amounts(self, max_fanout: int) -> tuple[int, int]:
        """The same as numbers."""
        copies, choices = ceil_div(self.readers, READERS), _choices(table_pages(self._rows))
        counter, counters = self._counter() if self.sets == 1 else self._place(), self.counters(max_fanout)
        luts, registers = int((copies * (self.pages + choices)).sum()), int(copies.sum())
        return luts + counters * counter.counted_luts, registers + counters * counter.register_bits

    def _counter(self) -> Fabric:
        """A counter of phases, in `bxnn_replica_rom`."""
        pages, bits = table_pages(self.phases), ceil_log2(self.phases)
        luts = _COUNTER_LUTS[bits - 1] if pages == 1 else bits + _PAGED_COUNTER_LUTS
        return Fabric(counted_luts=luts, register_bits=bits + self.early + _PAGED_COUNTER_FLAGS * (pages > 1))

    def _place(self) -> Fabric:
        """A counter of phases with the number of a set, `bxnn_replica_place`."""
        bits = ceil_log2(self.phases)
        counted = bits if bits > 1 else 0  # of two phases, valid says which
        luts = _PLACE_LUTS[bits] if bits < len(_PLACE_LUTS) else 2 * bits
        return Fabric(counted_luts=luts, register_bits=ceil_log2(self.sets) + counted + (bits > 0) * self.early)

    def _per_copy(self) -> list[int]:
        """How many registers there are of every copy: those of all columns, then those with too many readers for it."""
        if self._most <= READERS:
            return [self.readers.size] if self.readers.size else []
        return [int((self.readers > copy * READERS).sum()) for copy in range(ceil_div(self._most, READERS))]


def _different(planes: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Int]:
    """The different columns of a matrix of bits, and how often each occurs."""
    columns, readers = np.unique(np.packbits(planes, axis=0), axis=1, return_counts=True)
    return np.unpackbits(columns, axis=0, count=len(planes)), np.asarray(readers, np.int64)


def _different_of_a_page(planes: NDArray[np.uint8]) -> tuple[Int, NDArray[np.bool_]]:
    """How often each different column of at most 64 bits occurs that is not constant, and whether its first two differ.

    They are compared as one integer, which takes a fraction of the time of comparing bytes.
    """
    words = np.zeros((planes.shape[1] + 1, ROM_WORDS // 8), np.uint8)
    packed = np.packbits(planes, axis=0)
    words[:-1, : len(packed)] = packed.T
    words[-1, : len(packed)] = np.packbits(np.ones(len(planes), np.uint8))
    integers = words.view(np.uint64)[:, 0]
    different, readers = np.unique(integers[:-1], return_counts=True)
    changing = (different != 0) & (different != integers[-1])
    first = different[changing].view(np.uint8).reshape(-1, ROM_WORDS // 8)[:, 0] >> 6  # the first two rows
    return np.asarray(readers[changing], np.int64), (first == 1) | (first == 2)


def table_rows(phases: int, sets: int) -> int:
    """Rows of the table with those of all sets, each set from a power of two on."""
    return ((sets - 1) << ceil_log2(phases)) + phases


def _in_table(rows: NDArray[np.uint8], phases: int, sets: int) -> NDArray[np.uint8]:
    """The rows of all sets as they are in the table, which has the last row of a set in places before the next."""
    place = np.arange(table_rows(phases, sets))
    number, phase = np.divmod(place, 1 << ceil_log2(phases))
    return np.asarray(rows[number * phases + np.minimum(phase, phases - 1)], np.uint8)


def per_counter(phases: int, max_fanout: int, sets: int = 1) -> int:
    """Registers that share a counter, of whose bits none has more than ``max_fanout`` loads."""
    own = own_loads(phases) if sets == 1 else 0
    return max((max_fanout - own) // table_pages(table_rows(phases, sets)), 1)


def table_pages(phases: int) -> int:
    """LUTs that look up a bit of a word, each of which reads the counter."""
    return ceil_div(phases, ROM_WORDS)


def _choices(pages: int) -> int:
    """LUTs that choose a page: one of four each, then one of four of these; a group of one needs none."""
    found = 0
    while pages > 1:
        found, pages = found + ceil_div(pages, _CHOICES) - (pages % _CHOICES == 1), ceil_div(pages, _CHOICES)
    return found


def own_loads(phases: int) -> int:
    """Loads of a bit of a counter besides the words: the counter, and the enable of the registers."""
    return ceil_log2(phases) + 1
