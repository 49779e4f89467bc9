"""What chooses the operand of a DSP slice by the phase (bxnn_operand_choice), mapped to LUTs by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.choice_tree import ChoiceTree
from bxnn.compiler.hardware.delays.path_delay import Delay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import LUT_INPUTS
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

_PAGE_WORDS = 64  # phases whose numbers of words one LUT looks up
FEW = 6  # words up to which synthesis maps the choice; more are a tree of kept choices
_NEAR = 2  # sinks of a net between two LUTs of one bit


@dataclass(frozen=True)
class OperandChoice:
    """The choices of a layer.

    Attributes:
        words: How many words operands are chosen from: every number that occurs.
        phases: Phases of an event.
        bits: Bits of a word.
    """

    words: tuple[int, ...]
    phases: int
    bits: int

    def from_word(self, technology: Technology) -> Delay:
        """From the nets of the words to the chosen one."""
        return _chosen(max(self.words), technology)

    @property
    def word_loads(self) -> int:
        """Most LUTs that a bit of a word drives: a tree passes its last word to several levels."""
        return max([1, *(ChoiceTree.of(words).last_loads for words in self.words if words > FEW)])

    def from_phase(self, technology: Technology) -> Delay:
        """From the nets of the phase to the chosen word."""
        return slowest(self._from_phase(words, technology) for words in self.words)

    def _from_phase(self, words: int, technology: Technology) -> Delay:
        if words == self.phases or words + max(ceil_log2(self.phases), 1) <= LUT_INPUTS:  # in turn, or in one LUT
            return _chosen(words, technology)
        pages = ceil_div(self.phases, _PAGE_WORDS)
        number = technology.luts(1)
        if pages > 1:
            number = number + technology.net(_NEAR) + multiplexer(pages, technology, _NEAR)
        return number + technology.net(self.bits * _number_sinks(words)) + _chosen(words, technology)


def _chosen(words: int, technology: Technology) -> Delay:
    """From the nets of words and of their number to the chosen one."""
    if words > FEW:
        return ChoiceTree.of(words).delay(technology)
    return technology.luts(max(ceil_log2(words) - 1, 1), _NEAR)


def _number_sinks(words: int) -> int:
    """Most LUTs of one bit that a bit of a word's number drives."""
    if words > FEW:
        return ChoiceTree.of(words).loads
    return ceil_div(words, 4)


def different_words(rows: Int) -> Int:
    """How many different words operands have; shape (operands,).

    Args:
        rows: The word of every operand in every phase, -1 for none; shape (operands, phases).
    """
    ordered = np.sort(rows, axis=1)
    return np.asarray(np.maximum((np.diff(ordered, axis=1) > 0).sum(axis=1) + (ordered[:, 0] >= 0), 1), np.int64)


def number_bits(words: Int) -> Int:
    """Bits of a number that tells one of these words from the others."""
    return np.asarray(np.frexp(words - 1)[1], np.int64)
