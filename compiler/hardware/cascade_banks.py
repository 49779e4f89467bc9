"""The memories of cascades whose weights are loaded at run time: one per position, one per cycle with biases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.load_order import LoadedTable
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.hardware.valid_loads import NO_SHARE, ValidShare
from bxnn.compiler.hardware.weight_banks import LayerLoad, WeightBank
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class CascadeBanks:
    """Which columns have a loaded word at each position.

    Attributes:
        first: First position of each column that has a DSP, ``positions`` if there is none; int64, shape (columns,).
        bias_loaded: 1 for each column whose bias is loaded; int64, shape (columns,).
        positions: Positions of a cascade.
        later: Cycles from the read of the first weight of a column to that of its bias.
        packing: Widths of the words.
        load_bits: Bits that are loaded at a time.
    """

    first: Int
    bias_loaded: Int
    positions: int
    later: int
    packing: Packing
    load_bits: int

    @property
    def _taps(self) -> list[int]:
        """First positions of columns whose bias is loaded."""
        return [int(tap) for tap in np.unique(self.first[self.bias_loaded == 1])]

    def load(self, phases: int, max_fanout: int) -> LayerLoad:
        """The memories, for words of ``phases`` phases."""
        banks = []
        for position in range(self.positions):
            columns = int((self.first <= position).sum())
            banks.append(WeightBank(phases, columns, self.packing.weight_bits, self.load_bits, position > 0))
        for tap in self._taps:
            columns = int(self.bias_loaded[self.first == tap].sum())
            banks.append(WeightBank(phases, columns, self.packing.sum_bits, self.load_bits, tap + self.later > 0))
        delays = max([self.positions - 1, *(tap + self.later for tap in self._taps)])
        return LayerLoad(phases, self.load_bits, tuple(banks), delays, max_fanout)

    def valid_shares(self, load: LayerLoad) -> tuple[ValidShare, ...]:
        """The counters that the valid of an event starts, as `CascadeRoms.valid_shares` does."""
        shares = [bank.valid_share(load.max_fanout) for bank in load.banks]
        places = [*range(self.positions), *(2 + min(tap + self.later, 2) for tap in self._taps)]
        at_place = dict(zip(places[: self.positions][:2], shares, strict=False))
        at_place |= dict(zip(places[self.positions :], shares[self.positions :], strict=True))
        return tuple(at_place.get(place, NO_SHARE) for place in range(4))

    def tables(self, weights: Int, bias: Int) -> Iterator[LoadedTable]:
        """What they hold.

        Args:
            weights: Words; int64, shape (positions, phases, columns).
            bias: The constants that start sums; int64, shape (phases, columns).
        """
        for position, codes in enumerate(weights):
            yield LoadedTable(codes[:, self.first <= position], self.packing.weight_bits)
        for tap in self._taps:
            yield LoadedTable(bias[:, (self.first == tap) & (self.bias_loaded == 1)], self.packing.sum_bits)
