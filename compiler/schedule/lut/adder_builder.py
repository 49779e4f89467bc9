"""Builds adder graphs term by term: signs and shifts are carried along, equal sums are built only once."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bxnn.compiler.hardware.shift_add_graph import ZERO, ShiftAddGraph
from bxnn.compiler.numeric.integers import trailing_zeros
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True)
class Term:
    """``value * 2**shift``, negated if ``negative``."""

    value: int
    shift: int = 0
    negative: bool = False

    def shifted(self, bits: int) -> Self:
        """The term multiplied by ``2**bits``."""
        return replace(self, shift=self.shift + bits)

    def negated(self) -> Self:
        """The negated term."""
        return replace(self, negative=not self.negative)


Row = tuple[int, int, int, int, int]  # left value, its shift, right value, its shift, whether to subtract


class AdderBuilder:
    """Collects sums over given inputs and constants.

    Constants must be known before the first sum; values are numbered as in `ShiftAddGraph`.

    Args:
        low: Smallest code of each input.
        high: Largest code of each input.
    """

    def __init__(self, low: Int, high: Int) -> None:
        self.low, self.high = low, high
        self._constants: dict[int, int] = {}
        self._rows: dict[Row, int] = {}
        self._order: list[Row] = []
        self._intervals = list(zip(low.tolist(), high.tolist(), strict=True))
        self._depths = [0] * low.size

    def constant(self, code: int) -> Term:
        """A constant; its sign and trailing zeros become part of the term."""
        shift = trailing_zeros(code)
        odd = abs(code) >> shift
        # Constants are numbered downwards from -2 until the graph is finished.
        return Term(-2 - self._constants.setdefault(odd, len(self._constants)), shift, code < 0)

    def add(self, left: Term | None, right: Term | None) -> Term | None:
        """The sum of two terms; ``None`` is zero.

        A difference is reversed if its low bits can then bypass the adder: ``a - (b << k)``, never
        ``(a << k) - b``.
        """
        if left is None or right is None:
            return right if left is None else left
        if (left.value, left.shift) == (right.value, right.shift):
            return left.shifted(1) if left.negative == right.negative else None
        if left.negative != right.negative:
            if (left.shift, left.negative) > (right.shift, right.negative):
                left, right = right, left
        elif (left.shift, left.value) > (right.shift, right.value):
            left, right = right, left
        return self._sum(left, right)

    def total(self, terms: Sequence[Term | None]) -> Term | None:
        """The sum of any number of terms, the shallowest first."""
        left = sorted((term for term in terms if term is not None), key=self._order_of)
        while len(left) > 1:
            added = self.add(left.pop(0), left.pop(0))
            if added is not None:
                insort(left, added, key=self._order_of)
        return left[0] if left else None

    def positive(self, term: Term) -> Term:
        """The same number as a term that is not negated: either its last difference is reversed, or one is added."""
        if not term.negative:
            return term
        left, left_shift, right, right_shift, subtract = self.row(term.value) or (0, 0, 0, 0, 0)
        if subtract:
            turned = self._sum(Term(right, right_shift), Term(left, left_shift, True))
            return turned.shifted(term.shift)
        return self._sum(self.constant(0), term)

    def row(self, value: int) -> Row | None:
        """How a value is computed; ``None`` for inputs and constants."""
        return self._order[value - self.low.size] if value >= self.low.size else None

    def interval(self, value: int) -> tuple[int, int]:
        """Bounds of a value by interval arithmetic."""
        if value <= -2:
            odd = list(self._constants)[-2 - value]
            return odd, odd
        return self._intervals[value]

    def depth(self, value: int) -> int:
        """Adders on the longest path to a value."""
        return self._depths[value] if value >= 0 else 0

    def _order_of(self, term: Term) -> int:
        return self.depth(term.value)

    def _sum(self, left: Term, right: Term) -> Term:
        base = min(left.shift, right.shift)
        subtract = left.negative != right.negative
        row = left.value, left.shift - base, right.value, right.shift - base, int(subtract)
        if row not in self._rows:
            self._rows[row] = len(self._order) + self.low.size
            self._order.append(row)
            self._depths.append(1 + max(self.depth(left.value), self.depth(right.value)))
            (a, b), (c, d) = self.interval(left.value), self.interval(right.value)
            a, b, c, d = a << row[1], b << row[1], c << row[3], d << row[3]
            self._intervals.append((a - d, b - c) if subtract else (a + c, b + d))
        return Term(self._rows[row], base, left.negative)

    def finished(self, outputs: list[Term | None]) -> ShiftAddGraph:
        """The graph of these outputs, without the sums that none of them needs. No term may be negative."""
        rows, needed = self._order, [False] * len(self._order)
        first = self.low.size
        stack = [term.value for term in outputs if term is not None]
        while stack:
            value = stack.pop()
            if value >= first and not needed[value - first]:
                needed[value - first] = True
                stack.extend((rows[value - first][0], rows[value - first][2]))
        number = {value: value for value in range(first)}
        number |= {-2 - index: first + index for index in range(len(self._constants))}
        for index in np.flatnonzero(needed).tolist():
            number[first + index] = len(number)
        kept = [row for row, keep in zip(rows, needed, strict=True) if keep]
        return ShiftAddGraph(
            low=self.low,
            high=self.high,
            constants=np.array(list(self._constants), np.int64),
            operands=np.array([(number[r[0]], number[r[2]]) for r in kept], np.int64).reshape(-1, 2),
            shifts=np.array([(r[1], r[3]) for r in kept], np.int64).reshape(-1, 2),
            subtract=np.array([r[4] for r in kept], np.int64),
            outputs=np.array([ZERO if term is None else number[term.value] for term in outputs], np.int64),
            output_shifts=np.array([0 if term is None else term.shift for term in outputs], np.int64),
        )
