"""The registers with constants of cascades: those with the weights of every position, and those that start sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.hardware.valid_loads import NO_SHARE, ValidShare
from bxnn.compiler.hardware.weight_registers import WeightRegisters
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class CascadeRoms:
    """All of them, by the cycle of an event from which on they are read.

    Attributes:
        weights: Of every position; none if weights are loaded at run time.
        starts: Of all columns that start in the same cycle.
        cycles: From the first position to those of ``starts``.
        sets: Sets of constants of which the tag of an event chooses one.
    """

    weights: tuple[WeightRegisters, ...]
    starts: tuple[WeightRegisters, ...]
    cycles: tuple[int, ...]
    sets: int

    @classmethod
    def of(cls, words: Int | None, bias: Int, first: Int, later: int, packing: Packing, sets: int) -> CascadeRoms:
        """The registers of some words.

        Args:
            words: Weights; int64, shape (positions, rows, columns); ``None`` if they are loaded at run time.
            bias: What starts the sums, shape (rows, columns).
            first: First position of each column.
            later: Cycles from the read of the first weight of a column to that of what starts its sum.
            packing: Widths of the words.
            sets: Sets; rows are those of all.
        """
        weights: tuple[WeightRegisters, ...] = ()
        if words is not None:
            later_ones = [position > 0 for position in range(len(words))]
            weights = WeightRegisters.of_each(words, packing.weight_bits, later_ones, sets)
        cycles: list[int] = [position + later for position in np.unique(first).tolist()]
        starts = tuple(
            WeightRegisters.of(bias[:, first + later == cycle], packing.sum_bits, cycle > 0, sets) for cycle in cycles
        )
        return cls(weights, starts, tuple(cycles), sets)

    @property
    def every(self) -> tuple[WeightRegisters, ...]:
        """Weights and constants."""
        return *self.weights, *self.starts

    @property
    def least_loads(self) -> int:
        """Most loads of a bit of a counter of a single register."""
        return max((rom.least_loads for rom in self.every), default=0)

    def most_loads(self, max_fanout: int) -> int:
        """Most loads of a bit of a counter."""
        return max((rom.most_loads(max_fanout) for rom in self.every), default=0)

    def begun(self, max_fanout: int) -> int:
        """Loads of the valid of an event: what is read in its first cycle, and in the next one, which has registers."""
        first = [*self.weights[:2], *(rom for rom, cycle in zip(self.starts, self.cycles, strict=True) if cycle <= 1)]
        return sum(rom.begun(max_fanout) for rom in first)

    def valid_shares(self, max_fanout: int) -> tuple[ValidShare, ...]:
        """The counters that the valid of an event starts.

        Those of weights that are read in the first cycle, and in the second one; then those of what starts sums.
        """
        starts = dict(zip(self.cycles, self.starts, strict=True))
        found = [*self.weights[:2], *[None] * (2 - len(self.weights[:2])), starts.get(0), starts.get(1)]
        return tuple(NO_SHARE if rom is None else rom.valid_share(max_fanout) for rom in found)

    def started_later(self, max_fanout: int) -> int:
        """Most counters that are started together in a cycle after those of `valid_shares`."""
        found = dict.fromkeys((*range(len(self.weights)), *self.cycles), 0)
        for cycle, rom in (*enumerate(self.weights), *zip(self.cycles, self.starts, strict=True)):
            found[cycle] += rom.counters(max_fanout)
        return max((count for cycle, count in found.items() if cycle > 1), default=0)

    def counters(self, max_fanout: int) -> int:
        """Most counters of weights, or of constants, that are started in the same cycle."""
        return max((rom.counters(max_fanout) for rom in self.every), default=0)

    @property
    def alike(self) -> int:
        """Most bits of weights that a register drives."""
        return max((rom.most_readers for rom in self.weights), default=1)

    @property
    def started(self) -> int:
        """Most bits of constants that a register drives."""
        return max((rom.most_readers for rom in self.starts), default=0)

    def fabric(self, max_fanout: int) -> Fabric:
        """Their LUTs and flip-flops, and those that delay the number of a set for the last of them."""
        of_weights = [position for position, rom in enumerate(self.weights) if rom.readers.size]
        of_starts = [cycle for cycle, rom in zip(self.cycles, self.starts, strict=True) if rom.readers.size]
        delayed = Fabric.registers(ceil_log2(self.sets) * max([0, *of_weights, *of_starts]))
        luts, registers = (
            sum(own) for own in zip((0, 0), *(rom.amounts(max_fanout) for rom in self.every), strict=True)
        )
        return delayed + Fabric(counted_luts=luts, register_bits=registers)
