"""The order in which the words of a layer are loaded at run time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.weight_banks import pieces_of
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class LoadedTable:
    """What one memory holds for one set of weights.

    Attributes:
        codes: Signed words; int64, shape (rows, columns).
        bits: Bits of a word.
    """

    codes: Int
    bits: int

    def words(self, load_bits: int) -> Int:
        """Column after column, the lowest piece of its words first, row after row; int64, unsigned."""
        piece = ceil_div(self.bits, pieces_of(self.bits, load_bits))
        lows = np.arange(0, self.bits, piece)
        masks = (1 << np.minimum(piece, self.bits - lows)) - 1
        cut = (self.codes.T[:, np.newaxis, :] >> lows[:, np.newaxis]) & masks[:, np.newaxis]
        return np.asarray(cut, np.int64).ravel()


def words_in_order(tables: Iterable[LoadedTable], load_bits: int) -> Int:
    """The words of a layer's memories; int64, shape (words,), unsigned."""
    return np.concatenate([np.empty(0, np.int64), *(table.words(load_bits) for table in tables)])
