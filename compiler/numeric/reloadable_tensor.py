"""Constants that may be replaced at run time: everything proven about them holds for all codes of their format."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.tensor import FixedTensor, Int


@dataclass(frozen=True)
class CodeRange:
    """The codes that a weight quantizer gives, whatever the trained values are.

    Attributes:
        low: Smallest code, at most 0.
        high: Largest code, at least 0.
        fraction_bits: Position of the binary point.
    """

    low: int
    high: int
    fraction_bits: int

    def holding(self, tensor: FixedTensor) -> ReloadableTensor:
        """Some constants on this grid.

        Raises:
            InternalError: If one of them is not such a code.
        """
        coarse = tensor.reduced()
        finer = coarse.fraction_bits > self.fraction_bits and bool(coarse.codes.any())
        codes = coarse.codes if finer else coarse.aligned(self.fraction_bits).codes
        if finer or (codes.size and not self.low <= int(codes.min()) <= int(codes.max()) <= self.high):
            raise InternalError("weights", f"have a code that is not from {self.low} to {self.high} LSBs")
        return ReloadableTensor(codes, self.fraction_bits, self.low, self.high)


@dataclass(frozen=True, eq=False)
class ReloadableTensor(FixedTensor):
    """Constants of which only the format is fixed.

    Attributes:
        low: Smallest code that any of them can be given, at most 0.
        high: Largest code, at least 0.
    """

    low: int
    high: int

    @property
    def bits(self) -> int:
        return max(2, signed_bits(self.low, self.high))

    @property
    def is_zero(self) -> bool:
        return False

    @property
    def least(self) -> Int:
        return np.full(self.codes.shape, self.low, np.int64)

    @property
    def most(self) -> Int:
        return np.full(self.codes.shape, self.high, np.int64)

    def aligned(self, fraction_bits: int) -> ReloadableTensor:
        grow = fraction_bits - self.fraction_bits
        if self.bits + grow > 62:
            raise OverflowError("the values need more than 62 bits")
        return ReloadableTensor(np.left_shift(self.codes, grow), fraction_bits, self.low << grow, self.high << grow)

    def reduced(self) -> ReloadableTensor:
        """The same: another grid would depend on the codes."""
        return self

    def plus(self, other: FixedTensor) -> ReloadableTensor:
        """The sum with constants of the same shape that all have the same value.

        Raises:
            OverflowError: If the values need more than 62 bits.
        """
        fraction_bits = max(self.fraction_bits, other.fraction_bits)
        own, added = self.aligned(fraction_bits), other.aligned(fraction_bits).codes
        return ReloadableTensor(
            own.codes + added, fraction_bits, own.low + int(added.min(initial=0)), own.high + int(added.max(initial=0))
        )

    def fixed(self) -> FixedTensor:
        """The same values as constants that never change."""
        return FixedTensor(self.codes, self.fraction_bits).reduced()

    def with_codes(self, codes: Int) -> ReloadableTensor:
        """Others of the format."""
        return replace(self, codes=codes)
