"""How many copies of its control a layer on DSP slices has, so that no copy has more loads than `max_fanout`.

Neighbouring columns (DSP cascades, or slices of an input-serial layer) share a copy: a delay chain of phases, and of
the valid that captures operands. What loads a phase is every different bit column of the ROMs that are read by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.fabric import ROM_WORDS, Fabric, bit_columns
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

MOST_DSPS = 16  # columns of a copy: a LUT of its ROMs drives at most 16 DSPs
_CHAIN_LOADS = 2  # loads of a phase besides ROMs: the next tap, and the comparison with the last phase


@dataclass(frozen=True, eq=False)
class PhaseRom:
    """A ROM that is addressed by phases.

    Attributes:
        words: int64, shape (phases, codes): signed codes.
        bits: Width of a code.
        tap: int64, shape (codes,): tap of the chain that addresses it.
        column: int64, shape (codes,): to which column it belongs.
    """

    words: Int
    bits: int
    tap: Int
    column: Int

    def fabric(self, columns: int, shared: int) -> Fabric:
        """Its LUTs if ``shared`` of all columns share a copy of the phases."""
        copies = ceil_div(columns, shared)
        return Fabric.rom(self.words, self.bits, self.tap * copies + self.column // shared)


class ControlLoads:
    """The loads of the phases of a layer, for any number of columns that share a copy.

    Args:
        roms: What the phases address.
        columns: Columns in all.
        luts: Further LUTs that read every tap's phase, int64, shape (taps, columns); ``None`` if there are none.
    """

    def __init__(self, roms: Sequence[PhaseRom], columns: int, luts: Int | None = None) -> None:
        self.columns, self._luts = columns, luts
        self._phases = max(len(rom.words) for rom in roms)
        places, functions = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
        parts = [np.empty(0, np.int64)]
        for rom in roms:
            for part in range(ceil_div(len(rom.words), ROM_WORDS)):
                words = rom.words[part * ROM_WORDS : (part + 1) * ROM_WORDS]
                codes, place = bit_columns(words, rom.bits, rom.tap * columns + rom.column)
                functions.append(codes)
                places.append(place.astype(np.int64))
                parts.append(np.full(len(codes), part))
        self._place = np.concatenate(places)
        _, function = np.unique(np.concatenate(functions), return_inverse=True)
        self._function = function.reshape(-1) + np.concatenate(parts) * (int(function.max(initial=0)) + 1)

    def most(self, shared: int) -> int:
        """Most loads of a bit of a copy's phase if ``shared`` columns share it."""
        copies = ceil_div(self.columns, shared)
        cell = self._cells(self._place, shared)
        functions = int(self._function.max(initial=0)) + 1
        different = np.unique(cell * functions + self._function) // functions
        taps = int(self._place.max(initial=0)) // self.columns + 1
        if self._luts is not None:
            taps = max(taps, len(self._luts))
        loads = np.bincount(different, minlength=taps * copies)
        if self._luts is not None:
            place = np.arange(self._luts.size)
            loads[: taps * copies] += np.bincount(
                self._cells(place, shared), self._luts.ravel(), minlength=taps * copies
            ).astype(np.int64)
        counter = ceil_log2(self._phases)
        return int(loads.max(initial=0)) + _CHAIN_LOADS + counter

    def last_taps(self, shared: int) -> Int:
        """Last tap that every copy reads, -1 for none; int64, shape (copies,)."""
        last = np.full(ceil_div(self.columns, shared), -1, np.int64)
        used = [self._place]
        if self._luts is not None:
            used.append(np.flatnonzero(self._luts))
        place = np.concatenate(used)
        np.maximum.at(last, place % self.columns // shared, place // self.columns)
        return last

    def _cells(self, place: Int, shared: int) -> Int:
        """Number of the tap and the copy of every place."""
        return place // self.columns * ceil_div(self.columns, shared) + place % self.columns // shared


def columns_per_copy(loads: ControlLoads, max_fanout: int, captures: int) -> int:
    """Most columns that may share a copy; 1 if one has more loads than ``max_fanout`` even so.

    Args:
        loads: Of the phases.
        max_fanout: Most loads of a copy.
        captures: Registers per column that one signal loads.
    """
    shared = min(loads.columns, MOST_DSPS, max((max_fanout - 1) // max(captures, 1), 1))
    while shared > 1:
        most = loads.most(shared)
        if most <= max_fanout:
            break
        shared = max(min(shared - 1, shared * max_fanout // most), 1)
    return shared
