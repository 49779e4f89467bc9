"""Products of one input with many constants: almost every product is one more adder on two that exist already.

Of the odd numbers of up to `b` bits there are few: once some tens of multiples exist, most others are the sum or
difference of two of them, shifted. Constants come first that are one adder away, the shallowest before all; if there
are none, the multiple that brings most of them within one adder is built beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from bxnn.compiler.numeric.integers import ceil_log2, trailing_zeros
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term
from bxnn.compiler.schedule.lut.matrix_blocks import LEAST_CONSTANTS, signed_digits
from bxnn.compiler.schedule.lut.multiple_pool import Adder, MultiplePool

_MOST_BITS = 18  # of a constant: the pool has tables of all numbers
_ASKED = 24  # constants for which a further multiple is chosen


@dataclass(frozen=True, eq=False)
class ConstantMultiples:
    """The program of several products of one input.

    Attributes:
        weights: int64, shape (outputs,); none is zero.
        adders: The multiples, each after those that it reads.
    """

    weights: Int
    adders: tuple[Adder, ...]

    @classmethod
    def of(cls, matrix: Int) -> Self | None:
        """The program of a matrix of shape (inputs, outputs); ``None`` if others suit it better."""
        weights = matrix[0]
        if len(matrix) > 1 or len(set(weights.tolist())) < LEAST_CONSTANTS or int(np.abs(weights).max()) >> _MOST_BITS:
            return None
        return cls(weights, _Search(weights).adders())

    def built(self, builder: AdderBuilder, inputs: list[Term | None]) -> list[Term | None]:
        """The outputs for values of a builder."""
        (term,) = inputs
        if term is None:
            return [None] * self.weights.size
        terms = {1: term}
        for adder in self.adders:
            operands = (adder.shifted, adder.shift, adder.shifted_sign), (adder.other, 0, adder.other_sign)
            left, right = (_signed(terms[of].shifted(shift), sign) for of, shift, sign in operands)
            total = builder.add(left, right)
            assert total is not None
            terms[adder.multiple] = _turned(builder, total, adder.result).shifted(-adder.dropped)
        found = list[Term | None]()
        for weight in self.weights.tolist():
            zeros = trailing_zeros(weight)
            product = terms[abs(weight) >> zeros].shifted(zeros)
            found.append(_signed(product, weight))
        return found


def _signed(term: Term, sign: int) -> Term:
    return term.negated() if sign < 0 else term


def _turned(builder: AdderBuilder, total: Term, result: int) -> Term:
    """A result that is a difference, the other way round if it would be negative."""
    row = builder.row(total.value)
    if result == 0 or row is None or not row[-1]:
        return total
    return _signed(builder.positive(_signed(total, result)), result)


class _Search:
    """Decides which multiples are built, within the depth that the constant of most digits needs."""

    def __init__(self, weights: Int) -> None:
        self.results = dict[int, int]()
        for weight in sorted(weights.tolist()):  # where both signs are results, the positive one is last
            self.results[abs(weight) >> trailing_zeros(weight)] = -1 if weight < 0 else 1
        self.results.pop(1, None)
        self.open = sorted(self.results)
        self.levels = ceil_log2(max(int(signed_digits(weights).max()), 2))
        self.pool = MultiplePool(int(np.abs(weights).max()).bit_length() + 1)

    def adders(self) -> tuple[Adder, ...]:
        """The adders of all constants."""
        while self.open:
            multiple = self._nearest()
            if multiple is None:
                multiple = self.pool.best_helper(np.array(self.open[:_ASKED]), self.levels)
            if multiple is None:
                multiple = self.open[0]
                self._make_halves(multiple, self.levels)
            self._build(multiple)
        return tuple(self.pool.adders)

    def _nearest(self) -> int | None:
        """The shallowest of the constants that are one adder away."""
        signs = np.array([self.results[multiple] for multiple in self.open])
        levels = self.pool.level_of(np.array(self.open), signs)
        best = int(np.argmin(levels))
        return self.open[best] if int(levels[best]) <= self.levels else None

    def _build(self, multiple: int) -> None:
        self.pool.build(multiple, self.results.get(multiple, 0))
        if multiple in self.results:
            self.open.remove(multiple)

    def _make_halves(self, multiple: int, levels: int) -> None:
        """Bring a multiple within one adder by the two halves of its signed digits, which always fit the levels."""
        if int(self.pool.level_of(np.array([multiple]), np.zeros(1, np.int64))[0]) <= levels:
            return
        digits = _digits(multiple)
        for half in (sum(digits[: len(digits) // 2]), sum(digits[len(digits) // 2 :])):
            odd = abs(half) >> trailing_zeros(half)
            if odd not in self.pool:
                self._make_halves(odd, levels - 1)
                self.pool.build(odd, 0)  # a level more for its sign would be one too many
                self.open = [constant for constant in self.open if constant != odd]


def _digits(number: int) -> list[int]:
    """The signed powers of two of its canonical form, the smallest first."""
    found = list[int]()
    while number:
        zeros = trailing_zeros(number)
        digit = (2 - ((number >> zeros) & 3)) << zeros
        found.append(digit)
        number -= digit
    return found
