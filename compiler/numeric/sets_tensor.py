"""Constants of which every channel has its own: everything proven about them holds for all of these sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.numeric.integers import signed_bits, trailing_zeros
from bxnn.compiler.numeric.tensor import FixedTensor, Int


@dataclass(frozen=True, eq=False)
class SetsTensor(FixedTensor):
    """Constants of several sets on one grid; ``codes`` are those of the set in use.

    Attributes:
        sets: Codes of every set, int64, shape (sets, ...).
    """

    sets: Int

    @classmethod
    def of(cls, tensors: Sequence[FixedTensor]) -> FixedTensor:
        """Constants of the same shape on their common grid: one tensor as it is if they are all equal.

        Raises:
            OverflowError: If the values need more than 62 bits.
        """
        coarse = [tensor.reduced() for tensor in tensors]
        fraction_bits = max((tensor.fraction_bits for tensor in coarse if tensor.codes.any()), default=0)
        sets = np.stack([tensor.aligned(fraction_bits).codes for tensor in coarse])
        if (sets == sets[0]).all():
            return tensors[0]
        return cls(sets[0], fraction_bits, sets)

    @property
    def bits(self) -> int:
        return max(2, signed_bits(int(self.sets.min(initial=0)), int(self.sets.max(initial=0))))

    @property
    def is_zero(self) -> bool:
        return not self.sets.any()

    @property
    def least(self) -> Int:
        return np.asarray(self.sets.min(axis=0), np.int64)

    @property
    def most(self) -> Int:
        return np.asarray(self.sets.max(axis=0), np.int64)

    def aligned(self, fraction_bits: int) -> SetsTensor:
        grow = fraction_bits - self.fraction_bits
        if self.bits + grow > 62:
            raise OverflowError("the values need more than 62 bits")
        return SetsTensor(np.left_shift(self.codes, grow), fraction_bits, np.left_shift(self.sets, grow))

    def reduced(self) -> SetsTensor:
        zeros = trailing_zeros(int(np.bitwise_or.reduce(self.sets.ravel())))
        return SetsTensor(
            np.right_shift(self.codes, zeros), self.fraction_bits - zeros, np.right_shift(self.sets, zeros)
        )

    def plus(self, other: FixedTensor) -> SetsTensor:
        """The sum with constants that all sets share.

        Raises:
            OverflowError: If the values need more than 62 bits.
        """
        fraction_bits = max(self.fraction_bits, other.fraction_bits)
        own, added = self.aligned(fraction_bits), other.aligned(fraction_bits).codes
        return SetsTensor(own.codes + added, fraction_bits, own.sets + added)

    def share(self, first: int, count: int) -> SetsTensor:
        """``count`` of the sets, from the one numbered ``first`` on."""
        return SetsTensor(self.sets[first], self.fraction_bits, self.sets[first : first + count])

    def of_set(self, number: int) -> SetsTensor:
        """The same sets, of which another one is in use."""
        return SetsTensor(self.sets[number], self.fraction_bits, self.sets)
