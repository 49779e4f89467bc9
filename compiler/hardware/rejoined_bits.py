"""Bits of adder graphs that synthesis may compute in another order: ``(a + b) + c`` for ``a + (b + c)``, modulo two.

The lowest bit of a chain is an exclusive or of two bits, by a LUT. Where another chain of the same stage adds that bit
to a third one, a LUT of all three would do; but if a LUT of another sum has two of the three, in another pairing,
synthesis may take that one and the bit that is left. A late bit then passes two LUTs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.numeric.tensor import Int

_Level = tuple[Int, Int, Int]


def rejoined_bits(levels: Sequence[_Level], nothing: int) -> list[Int]:
    """The cases of every level.

    Args:
        levels: By depth: bits that meet in every bit of its chains, shape (2, sums, bits); the lowest bits of the sums
            that chains compute, shape (sums,); and pairs of a bit that is a copy and its source, shape (2, copies).
        nothing: The bit that stands for none; all others are smaller.

    Returns:
        Per level, int64 of shape (6, cases): the sum, the bit of its chain, ``a`` and ``b`` of its ``a + b + c``, the
        bit of another sum that is ``a + b``, or ``nothing`` if it has that in a chain only, and its operand ``b + c``.
    """
    origin = np.arange(nothing + 1)
    for _, _, (result, source) in levels:
        origin[result] = origin[source]
    parts = np.full((2, nothing + 1), nothing)  # what the lowest bit of a chain adds
    for operands, lowest, _ in levels:
        there = (operands[:, :, 0] != nothing).all(axis=0)
        parts[:, lowest[there]] = operands[:, there, 0]
    keys = [_pair(origin[operands[0]], origin[operands[1]], nothing) for operands, _, _ in levels]
    results = [np.full(key.shape, nothing) for key in keys]
    for result, (_, lowest, _) in zip(results, levels, strict=True):
        result[:, 0] = lowest
    known, where = np.unique(np.concatenate([[-1], *(key.ravel() for key in keys)]), return_inverse=True)
    pairs = np.full(known.size, nothing)  # a lowest bit rather than one in a chain
    np.minimum.at(pairs, where, np.concatenate([[nothing], *(result.ravel() for result in results)]))
    return [_cases(operands, origin, parts, known, pairs) for operands, _, _ in levels]


def _pair(left: Int, right: Int, nothing: int) -> Int:
    """A number for two bits in any order, -1 if one is none."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    return np.where(high == nothing, -1, low * (nothing + 1) + high)


def _cases(operands: Int, origin: Int, parts: Int, known: Int, pairs: Int) -> Int:
    """Those of a level."""
    nothing = origin.size - 1
    found = []
    for side in (0, 1):
        joined, first = origin[operands[side]], operands[1 - side]
        for second in parts[:, joined]:
            key = _pair(origin[first], origin[second], nothing)
            number = np.minimum(np.searchsorted(known, key), known.size - 1)
            sums, place = at = np.nonzero((key >= 0) & (known[number] == key))
            found.append(np.stack([sums, place, first[at], second[at], pairs[number[at]], joined[at]]))
    return np.concatenate(found, axis=1)
