"""What brings the operands of output-serial layers to their DSPs: holding registers, multiplexers, load signals."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.choice_tree import ChoiceTree
from bxnn.compiler.hardware.fabric import LUT_INPUTS, ROM_WORDS
from bxnn.compiler.hardware.operand_choice import FEW, different_words, number_bits
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int


class OperandWiring:
    """The operands of all columns (cascades).

    Args:
        operands: The elements that each DSP takes, -1 = none; int64 (groups, segments, cascade, operand phases,
            operands).
        phases: Cycles over which results leave.
        interval: Cycles between events, for which inputs are held.
    """

    def __init__(self, operands: Int, phases: int, interval: int) -> None:
        groups, segments, self.cascade, self.switched, _ = operands.shape
        self.columns, self.phases, self.interval = groups * segments, phases, interval
        # Shape (columns, operands, cascade, operand phases).
        self._table = operands.reshape(self.columns, *operands.shape[2:]).transpose(0, 3, 1, 2)
        self.exists = np.asarray((operands >= 0).any(axis=(3, 4)), np.bool_).reshape(self.columns, self.cascade)
        # First position of each column that has a DSP; the length of the cascade if there is none.
        self.first = np.where(self.exists.any(axis=1), self.exists.argmax(axis=1), self.cascade)
        self._depth = (np.arange(self.cascade)[:, np.newaxis] + np.arange(self.switched)) // interval

    def captured(self, position: int) -> bool:
        """Whether DSPs of a position load their operand once per event; else it stands, or switches."""
        return self.switched == 1 and position + self.phases > self.interval

    @property
    def capture_loads(self) -> int:
        """Registers per column and position that a valid loads."""
        return int(any(self.captured(k) for k in range(self.cascade)))

    def capture_replicas(self, shared: int) -> int:
        """Copies of the valids that load operands, without those of the first columns.

        Args:
            shared: Columns that share a copy.
        """
        found = 0
        for first in range(shared, self.columns, shared):
            there = np.asarray(self.exists[first : first + shared].any(axis=0), np.bool_)
            found += max([k for k in range(self.cascade) if there[k] and self.captured(k)], default=0)
        return found

    def most_captured(self, shared: int) -> int:
        """Most registers of one position that a copy of a valid loads."""
        starts = np.arange(0, self.columns, shared)
        return int(np.add.reduceat(self.exists.astype(np.int64), starts).max())

    def held_registers(self) -> Int:
        """How many copies of every element are kept for positions that read them after the next event has come."""
        copies = np.zeros(max(int(self._table.max()) + 1, 1), np.int64)
        if self._depth.any():
            used = self._table >= 0
            np.maximum.at(copies, self._table[used], np.broadcast_to(self._depth, self._table.shape)[used])
        return copies

    def load_replicas(self, bits: int, max_fanout: int) -> int:
        """Copies of the signals that load held copies, each for at most ``max_fanout`` bits of one stage."""
        copies = self.held_registers()
        held, each = int(copies.sum()), max(max_fanout // bits, 1)
        if self.interval == 1:
            return 0
        stage = np.concatenate([np.arange(count) for count in copies.tolist()])
        return len(np.unique(stage * held + np.arange(held) // each))

    def choice_luts(self, shared: int, bits: int) -> int:
        """LUT6s of all choices of operands and of the numbers of their words; equal ones of one position are one.

        Args:
            shared: Columns that share a copy of the phase.
            bits: Bits of an operand.
        """
        if self.switched == 1:
            return 0
        chunks = [self._different(self._words, k, shared) for k in range(self.cascade)]
        rows = np.concatenate(chunks)
        return int((_multiplexer_luts(rows) * bits + _number_luts(rows)).sum())

    @property
    def _words(self) -> Int:
        """The words of operands, -1 for none: one that is read later is a held copy, another word."""
        return np.where(self._table >= 0, self._table * (int(self._depth.max()) + 1) + self._depth, -1)

    def word_counts(self) -> tuple[int, ...]:
        """How many different words operands have, without and with a zero where others of the same DSP have a word."""
        words = self._words
        zero = ((words < 0) & (words[:, :1] >= 0)).any(axis=3)
        counts = different_words(words.reshape(-1, self.switched)).reshape(zero.shape)
        return tuple(np.unique(np.stack([counts, counts + zero])).tolist())

    def phase_luts(self, bits: int) -> Int | None:
        """LUTs of multiplexers that every DSP's phase loads; int64, shape (cascade, columns)."""
        if self.switched == 1:
            return None
        rows = self._words.transpose(2, 0, 1, 3).reshape(-1, self.switched)
        loads = np.maximum(_multiplexer_luts(rows) * bits, number_bits(different_words(rows)))
        return np.asarray(loads.reshape(self.cascade, self.columns, -1).sum(axis=2))

    def adders_outside(self, packing: Packing) -> Int:
        """Adders of each cascade that are outside its slices; int64, shape (columns,).

        yosys packs only the first adder of a cascade if it drops bits of a product.
        """
        dropped = packing.operand_bits + packing.weight_bits > packing.sum_bits
        return np.asarray((self.exists.sum(axis=1) - 1).clip(0) * dropped, np.int64)

    def _different(self, table: Int, position: int, shared: int) -> Int:
        """The different operands of a position in every copy's columns, shape (operands, operand phases)."""
        rows = table[:, :, position]
        copies = np.broadcast_to(np.arange(self.columns)[:, np.newaxis, np.newaxis] // shared, (*rows.shape[:2], 1))
        keyed = np.concatenate([copies, rows], axis=2).reshape(-1, 1 + self.switched)
        ordered = keyed[np.lexsort(keyed.T)]
        first = np.ones(len(ordered), np.bool_)
        first[1:] = (np.diff(ordered, axis=0) != 0).any(axis=1)
        return ordered[first, 1:]


def _multiplexer_luts(rows: Int) -> Int:
    """LUT6s of one bit of multiplexers with these inputs, shape (multiplexers, inputs), -1 for none."""
    words, chosen = different_words(rows), _chosen_words(rows)
    trees = np.array([ChoiceTree.of(count).luts for count in range(1, int(chosen.max(initial=1)) + 1)])
    return np.asarray(np.where(chosen > FEW, trees[chosen - 1], ceil_div(words - 1, 3)), np.int64)


def _chosen_words(rows: Int) -> Int:
    """How many words operands are chosen from: zero is one as well."""
    return np.asarray(different_words(rows) + ((rows < 0).any(axis=1) & (rows >= 0).any(axis=1)), np.int64)


def _number_luts(rows: Int) -> Int:
    """LUT6s that look up the numbers of words, shape (multiplexers,): none where that is the phase or in the choice."""
    words, chosen, phases = different_words(rows), _chosen_words(rows), rows.shape[1]
    told = (words == phases) | (words + max(ceil_log2(phases), 1) <= LUT_INPUTS)
    pages = ceil_div(phases, ROM_WORDS)
    return np.where(told, 0, number_bits(chosen) * (pages + ceil_div(pages - 1, 3)))
