"""How many copies of its control a layer on DSP slices has, so that no copy has more loads than `max_fanout`.

Neighbouring columns (DSP cascades, or slices of an input-serial layer) share a copy of the valid that captures operands
or starts sums, and of the phases that switch operands.
"""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.valid_loads import ValidShare
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

_CHAIN_LOADS = 2  # loads of a phase besides multiplexers: the next tap, and the comparison with the last phase


class ControlLoads:
    """The loads of the control of a layer, for any number of columns that share a copy.

    Args:
        columns: Columns in all.
        captures: Registers per column that one valid loads.
        phases: Phases of an event.
        luts: LUTs that read every tap's phase, int64, shape (taps, columns); ``None`` if nothing does.
        started: Most counters that a valid later than the first starts, and registers after it; copies share these.
    """

    def __init__(self, columns: int, captures: int, phases: int = 1, luts: Int | None = None, started: int = 0) -> None:
        self.columns, self._captures, self._luts, self._started = columns, captures, luts, started
        self._counter = ceil_log2(phases)

    def most(self, shared: int) -> int:
        """Most loads of a bit of a copy if ``shared`` columns share it."""
        captured = 1 + self._captures * min(shared, self.columns) + ceil_div(self._started, self.copies(shared))
        if self._luts is None:
            return captured
        starts = np.arange(0, self.columns, shared)
        return max(captured, int(np.add.reduceat(self._luts, starts, axis=1).max()) + _CHAIN_LOADS + self._counter)

    def columns_per_copy(self, max_fanout: int) -> int:
        """Most columns that may share a copy; 1 if one has more loads than ``max_fanout`` even so."""
        shared = self.columns
        while shared > 1:
            most = self.most(shared)
            if most <= max_fanout:
                break
            shared = max(min(shared - 1, shared * max_fanout // most), 1)
        return shared

    def valid_share(self, shared: int) -> ValidShare:
        """What the valid of an event drives if ``shared`` columns share a copy: registers, and counters of phases."""
        counter = 0 if self._luts is None else self._counter + 1
        return ValidShare(self.copies(shared), 1 + self._captures * min(shared, self.columns) + counter)

    def phase_registers(self, shared: int) -> int:
        """Registers of phases of all copies but the first."""
        return int(self.phase_taps(shared)[1:].sum()) * self._counter

    def copies(self, shared: int) -> int:
        """Copies if ``shared`` columns share one."""
        return ceil_div(self.columns, shared)

    def further_counters(self, shared: int) -> int:
        """Copies, but the first, that have a counter of phases."""
        return int(np.count_nonzero(self.phase_taps(shared)[1:]))

    def phase_taps(self, shared: int) -> Int:
        """Taps of the phase that every copy has; int64, shape (copies,)."""
        if self._luts is None:
            return np.zeros(self.copies(shared), np.int64)
        used = np.add.reduceat(self._luts, np.arange(0, self.columns, shared), axis=1) > 0
        return np.asarray(np.where(used.any(axis=0), len(used) - used[::-1].argmax(axis=0), 0), np.int64)
