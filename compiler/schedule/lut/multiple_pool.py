"""Odd multiples of one value that adders have made, and which others are one adder away.

A value may hold the negative of its multiple: nothing is lost as long as other adders read it, but a result must not
be negative. A difference can be had with either sign; a sum of the wrong sign is subtracted from zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.numeric.tensor import Int

_FAR = 99  # adders: not known to be within reach


@dataclass(frozen=True)
class Adder:
    """``multiple << dropped`` is ``± (shifted << shift) ± other``; the signs are 1 or -1.

    Attributes:
        result: Sign with which the multiple is a result; 0 if it is none.
    """

    multiple: int
    shifted: int
    shift: int
    shifted_sign: int
    other: int
    other_sign: int
    dropped: int
    result: int


class MultiplePool:
    """The multiples that exist, starting with 1.

    Args:
        bits: Width of the largest multiple that is considered.
    """

    def __init__(self, bits: int) -> None:
        self.size = 1 << bits
        self.adders: list[Adder] = []
        self._shifts = np.arange(bits)
        self._exists = np.zeros(0, np.int64)
        self._sign = np.zeros(self.size, np.int64)  # of the value that holds a multiple; 0 if there is none
        self._place = np.zeros(self.size, np.int64)  # by how many bits more a multiple is shifted than the value
        self._level = np.full(self.size, _FAR)
        self._reach = {sign: np.full(self.size, _FAR) for sign in (1, -1)}
        self._add(1, 0, 1, 0)

    def __contains__(self, multiple: int) -> bool:
        return bool(self._sign[multiple])

    def level_of(self, multiples: Int, result: Int) -> Int:
        """Levels of adders on the way to multiples if one more adder makes them; otherwise very many.

        Args:
            multiples: Odd numbers that do not exist.
            result: As in ``Adder``.
        """
        positive, negative = self._reach[1][multiples], self._reach[-1][multiples]
        as_positive, as_negative = np.minimum(positive, negative + 1), np.minimum(negative, positive + 1)
        either = np.minimum(positive, negative)
        return np.asarray(np.where(result == 0, either, np.where(result > 0, as_positive, as_negative)))

    def best_helper(self, wanted: Int, levels: int) -> int | None:
        """The multiple one adder away that brings most of those wanted within one adder, itself below a level."""
        near = np.minimum(self._reach[1], self._reach[-1]) < levels
        exists = self._exists[self._level[self._exists] < levels]
        shifted = (exists[:, np.newaxis] << self._shifts).ravel()
        ends = [wanted[:, np.newaxis] - shifted, wanted[:, np.newaxis] + shifted]
        scaled = (wanted[:, np.newaxis] << self._shifts[1:])[:, :, np.newaxis]
        ends += [(scaled + sign * exists).reshape(len(wanted), -1) for sign in (1, -1)]
        counts = np.zeros(self.size, np.int64)
        for row in _odd(np.abs(np.concatenate(ends, axis=1))):
            inside = row[row < self.size]
            counts[inside] += near[inside]  # once per wanted multiple, however often it appears
        counts[self._exists] = 0
        best = int(np.argmax(counts))
        return best if counts[best] else None

    def build(self, multiple: int, result: int) -> None:
        """Make an odd multiple that is one adder away with the adder of the fewest levels, then of the fewest bits.

        Args:
            multiple: The multiple.
            result: As in ``Adder``.
        """
        shifted, shift, sign, other, other_sign, dropped = self._choices(multiple)
        left, right = sign * self._sign[shifted], other_sign * self._sign[other]
        subtracts = left != right
        places = np.stack([self._place[shifted] + shift, self._place[other]])
        ahead = np.diff(places, axis=0)[0]
        held = np.where(ahead > 0, left, right)  # of a difference, the operand that is shifted less
        held = np.where(subtracts & (ahead == 0), 1, held)
        wrong = (held != result) & (result != 0)
        length = multiple.bit_length() + dropped
        bits = length - np.where(wrong & subtracts, 0, np.abs(ahead)) + np.where(wrong & ~subtracts, length, 0)
        level = 1 + np.maximum(self._level[shifted], self._level[other])
        best = np.lexsort((bits, level, level + (wrong & ~subtracts)))[0]
        chosen = *(int(part[best]) for part in (shifted, shift, sign, other, other_sign, dropped)), result
        self.adders.append(Adder(multiple, *chosen))
        sign_held = result if wrong[best] and subtracts[best] else int(held[best])
        self._add(multiple, int(level[best]), sign_held, int(places[:, best].min() - dropped[best]))

    def _choices(self, multiple: int) -> tuple[Int, ...]:
        """All adders that make a multiple: columns of ``Adder`` from ``shifted`` to ``dropped``."""
        exists, columns = self._exists, list[tuple[Int, ...]]()
        places, shifts = np.meshgrid(exists, self._shifts[1:])
        high, none = places << shifts, np.zeros_like(shifts)
        forms = [(1, 1, none, multiple - high), (1, -1, none, high - multiple), (-1, 1, none, multiple + high)]
        whole = multiple << shifts
        forms += [(1, 1, shifts, whole - places), (-1, 1, shifts, whole + places)]
        for sign, other_sign, dropped, others in forms:
            inside = (others > 0) & (others < self.size)
            found = inside & (self._sign[np.where(inside, others, 0)] != 0)
            shift = np.where(dropped > 0, 0, shifts)[found]
            signs = np.full(shift.size, sign), np.full(shift.size, other_sign)
            columns.append((places[found], shift, signs[0], others[found], signs[1], dropped[found]))
        return tuple(np.concatenate(parts) for parts in zip(*columns, strict=True))

    def _add(self, multiple: int, level: int, sign: int, place: int) -> None:
        """Let a multiple exist, and all that it makes reachable."""
        self._exists = np.append(self._exists, multiple)
        self._level[multiple], self._sign[multiple], self._place[multiple] = level, sign, place
        exists = self._exists[:, np.newaxis]
        levels = np.broadcast_to(1 + np.maximum(self._level[exists], level), (exists.size, self._shifts.size))
        alike = self._sign[exists] == sign
        for left, right in ((exists << self._shifts, multiple), (exists, multiple << self._shifts)):
            larger = np.where(left > right, self._sign[exists], sign)
            for numbers, held in ((left + right, np.where(alike, sign, 0)), (left - right, np.where(alike, 0, larger))):
                odd = _odd(np.abs(numbers))
                for wanted, reach in self._reach.items():
                    inside = (odd > 0) & (odd < self.size) & ((held == 0) | (held == wanted))
                    np.minimum.at(reach, odd[inside], levels[inside])


def _odd(numbers: Int) -> Int:
    """Numbers without their factors of two; zero stays."""
    return np.asarray(numbers // np.maximum(numbers & -numbers, 1))
