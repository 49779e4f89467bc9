"""How large the sums of cascades become, for every way to cut columns of DSPs into cascades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.numeric.grouped_sums import grouped_sums
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class CascadeSums:
    """The products of a map and where in a column of DSPs each of them is formed.

    Attributes:
        outputs: Output of each product; all are int64, shape (products,).
        positions: Position of its DSP in the column.
        sizes: DSPs of that column.
        low: Smallest value.
        high: Largest value.
        bias: Smallest and largest bias of every output of the map; int64, shape (outputs,).
        longest: DSPs of the longest column, at least 1.
    """

    outputs: Int
    positions: Int
    sizes: Int
    low: Int
    high: Int
    bias: tuple[Int, Int]
    longest: int

    def lane_bits(self, segments: int) -> int:
        """Signed width of each finished sum if the columns are cut into at most ``segments`` cascades.

        `np.array_split` cuts them, and the bias enters the first cascade.
        """
        used = min(segments, self.longest)
        size, longer = np.divmod(self.sizes, used)
        border = longer * (size + 1)
        later = longer + (self.positions - border) // np.maximum(size, 1)
        cascade = np.where(self.positions < border, self.positions // (size + 1), later)
        keys, *sums = grouped_sums(self.outputs * used + cascade, self.low, self.high)
        first, bounds = keys % used == 0, []
        for own, bias in zip(sums, self.bias, strict=True):
            started = bias.copy()
            started[keys[first] // used] += own[first]
            bounds += [started, own[~first]]
        lowest, highest = (
            min(int(part.min(initial=0)) for part in bounds),
            max(int(part.max(initial=0)) for part in bounds),
        )
        return signed_bits(lowest, highest)
