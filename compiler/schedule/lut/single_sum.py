"""A sum of shifted inputs, of which no part can be shared: a tree of adders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from bxnn.compiler.numeric.integers import trailing_zeros
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term


@dataclass(frozen=True, eq=False)
class SingleSum:
    """The program of one output whose weights are powers of two or their negatives.

    Attributes:
        weights: int64, shape (inputs,); none is zero.
    """

    weights: Int

    @classmethod
    def of(cls, matrix: Int) -> Self | None:
        """The program of a matrix of shape (inputs, outputs); ``None`` if it has other weights or several outputs."""
        magnitude = np.abs(matrix)
        alone = matrix.shape[1] == 1 and bool((magnitude > 0).all()) and not bool((magnitude & (magnitude - 1)).any())
        return cls(matrix[:, 0]) if alone else None

    def built(self, builder: AdderBuilder, inputs: list[Term | None]) -> list[Term | None]:
        """The output for values of a builder: narrow terms, and those of equal shifts, meet first."""
        terms = list[Term]()
        for weight, term in zip(self.weights.tolist(), inputs, strict=True):
            if term is not None:
                shifted = term.shifted(trailing_zeros(weight))
                terms.append(shifted.negated() if weight < 0 else shifted)

        def place(term: Term) -> tuple[int, bool, int, int]:
            low, high = builder.interval(term.value)
            return builder.depth(term.value), term.negative, term.shift, max(high, -low).bit_length()

        found: list[Term | None] = [*sorted(terms, key=place)]
        return [builder.total(found)]
