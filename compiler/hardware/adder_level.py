"""The adders of a graph that are equally far from its inputs, as bits that meet in carry chains."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True)
class AdderLevel:
    """Sums of equal depth.

    Attributes:
        values: Numbers of the sums; int64, shape (sums,).
        operands: Bits that meet in every bit of the chains; int64, shape (2, sums, bits), the bit ``nothing`` where
            there is none.
        results: Bits of the sums that the chains compute, ``nothing`` beyond the end; int64, shape (sums, bits).
        alike: Bits of chains that have the same operands, such as those above both signs: they share a LUT;
            int64, shape (sums, bits).
        copies: Pairs of a bit of a sum and the bit of an operand that it copies; int64, shape (2, copies).
    """

    values: Int
    operands: Int
    results: Int
    alike: Int
    copies: Int
