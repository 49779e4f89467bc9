"""One of many words, chosen four at a time (bxnn_choice_tree): LUTs, loads and delays, as synthesis keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_AT_ONCE = 4  # words between which one LUT chooses
_AT_ONCE_BITS = 2  # of the number


@dataclass(frozen=True)
class ChoiceTree:
    """A tree of choices; every choice is a LUT per bit.

    Attributes:
        words: Words to choose from.
        number_bits: Bits of the number.
    """

    words: int
    number_bits: int

    @classmethod
    def of(cls, words: int) -> ChoiceTree:
        """The tree of a number of words, with as few bits of the number as they need."""
        return cls(words, max(ceil_log2(words), 1))

    @property
    def levels(self) -> int:
        """LUTs in a row."""
        return ceil_div(self.number_bits, _AT_ONCE_BITS) if self.words > 1 else 0

    @property
    def luts(self) -> int:
        """LUTs for one bit."""
        return sum(self._choices(level + 1) for level in range(self.levels))

    @property
    def loads(self) -> int:
        """Most LUTs for one bit that a bit of the number drives: the lowest one."""
        return max(self._choices(1), 1)

    @property
    def last_loads(self) -> int:
        """LUTs that a bit of the last word drives: it is passed to where it is an alternative to others."""
        found = 0
        for level in range(self.levels):
            choices, bits = self._choices(level), self.number_bits - _AT_ONCE_BITS * level
            found += choices % _AT_ONCE > 0 and choices < 1 << bits
        return found

    def delay(self, technology: Technology) -> Delay:
        """From the nets of words and number to the chosen one."""
        return technology.luts(self.levels)

    def _choices(self, level: int) -> int:
        """Choices of a level; before the first, all words but the last."""
        return ceil_div(self.words - 1, _AT_ONCE**level)
