"""Exact division by constants: one multiplication, one offset and one shift for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from bxnn.compiler.errors import InternalError

_MOST_BITS = 128


@dataclass(frozen=True)
class Quotient:
    """``floor(s * factor_k) = (s * multipliers[k] + offset) >> shift`` for every integer ``s`` of a range and every k.

    Proof. Let ``e_k = multipliers[k] / 2**shift - factor_k`` and ``b = offset / 2**shift``. The right-hand side is
    ``floor(s * factor_k + d)`` with ``d = s * e_k + b``. A factor is a fraction ``a_k / c_k`` in lowest terms, so
    ``s * factor_k`` is at least ``1 / c_k`` below the next integer, and ``0 <= d < 1 / c_k`` does not change its
    floor. ``d`` is linear in ``s``, so it suffices to check both ends of the range; ``of`` does that in exact
    arithmetic, for the actual range. No approximation is involved, and nothing is claimed for a wider range.

    A shift that is large enough always exists: ``|e_k| <= 2**-(shift + 1)``, so ``d`` varies by at most the width of
    the range times ``2**-shift``, and fits once ``2**shift`` exceeds ``c_k`` times that width plus one.

    Attributes:
        multipliers: One per factor.
        offset: Common to all factors.
        shift: Bits dropped.

    Source: the classical division by invariant integers (T. Granlund, P. Montgomery, PLDI 1994), with the range in
    place of the word size.
    """

    multipliers: tuple[int, ...]
    offset: int
    shift: int

    @classmethod
    def of(cls, factors: Sequence[Fraction], low: int, high: int) -> Quotient:
        """The quotient with the smallest shift.

        Args:
            factors: Factors of ``s``; multiples of ``1 / c`` for small integers ``c``.
            low: Smallest ``s``.
            high: Largest ``s``.
        """
        low, high = min(low, 0), max(high, 0)
        for shift in range(_MOST_BITS):
            multipliers = tuple(round(factor * 2**shift) for factor in factors)
            errors = [multiplier - factor * 2**shift for factor, multiplier in zip(factors, multipliers, strict=True)]
            drifts = [(error * low, error * high) for error in errors]
            offset = ceil(max(-min(drift) for drift in drifts))
            room = [Fraction(2**shift, factor.denominator) for factor in factors]
            if all(offset + max(drift) < free for drift, free in zip(drifts, room, strict=True)):
                return cls(multipliers, offset, shift)
        raise InternalError("exact division", f"needs more than {_MOST_BITS} bits")

    def __call__(self, number: int, k: int = 0) -> int:
        """The quotient of one number; the definition that the hardware follows."""
        return (number * self.multipliers[k] + self.offset) >> self.shift
