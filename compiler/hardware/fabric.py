"""What a piece of hardware consists of outside DSP slices: amounts that a cost model turns into LUTs and flip-flops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int

LEAST_SHIFT = 3  # consecutive registers that synthesis moves to a shift-register LUT (yosys: xilinx_srl -minlen 3)
_SHIFT_LENGTH = 32  # registers that one such LUT holds (SRLC32E, or SRL16E up to 16)
_ONE_MORE = (1, 17)  # registers left for the last LUT of which one is a flip-flop (yosys: xilinx/cells_map.v)
LUT_INPUTS = 6
ROM_WORDS = 64  # words in a one-bit ROM that fits in one LUT6
_KEY_BITS = 64  # of an integer that identifies a column and its group
_CHUNK = 2048  # columns whose bits are unpacked at a time, to limit memory
# LUTs of a copy of a counter of phases, by its bits; of two phases, valid is the next one.
_COPIED_COUNTER_LUTS = (0, 0, 2, 3, 4, 5, 9, 14, 15, 17, 19, 20)
_WIDE_MULTIPLEXER = 16  # above it yosys needs about half a LUT per input: 0.36 to 0.59 for 17 to 130 inputs


@dataclass(frozen=True)
class Fabric:
    """Amounts of everything that takes LUTs or flip-flops; amounts add up.

    Attributes:
        adder_bits: Full adders of carry chains.
        tree_bits: Full adders of the trees that add cascades.
        rom_columns: Distinct bit columns of ROMs, 64 words each, that are neither all 0 nor all 1.
        multiplexers: LUT6s of multiplexers; one LUT6 takes in three more inputs of a bit.
        compared_bits: Bits of comparisons of two values.
        selected_bits: Bits of two-way multiplexers after comparisons.
        rounded_bits: Bits of codes that are rounded.
        clamped_bits: Bits of codes that are saturated.
        counters: Phase counters.
        shift_luts: LUTs that are shift registers.
        stream_luts: LUTs around the tiles of a stream, counted individually.
        counted_luts: LUTs of what is kept apart in synthesis: as many.
        register_bits: Flip-flops.
    """

    adder_bits: int = 0
    tree_bits: int = 0
    rom_columns: int = 0
    multiplexers: int = 0
    compared_bits: int = 0
    selected_bits: int = 0
    rounded_bits: int = 0
    clamped_bits: int = 0
    counters: int = 0
    shift_luts: int = 0
    stream_luts: int = 0
    counted_luts: int = 0
    register_bits: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(self.amounts, other.amounts, strict=True)))

    def part(self, elements: int, of: int) -> Self:
        """What a number of elements take of what all of them do, if each takes as much."""
        return type(self)(*(amount * elements // of for amount in self.amounts))

    @property
    def amounts(self) -> tuple[int, ...]:
        """All amounts, in the order of the attributes."""
        return tuple(vars(self).values())

    @classmethod
    def registers(cls, bits: int) -> Self:
        """Single registers."""
        return cls(register_bits=bits)

    @classmethod
    def delay(cls, bits: int, cycles: int) -> Self:
        """Consecutive registers of which only the last is read; long ones become shift registers."""
        if cycles < LEAST_SHIFT:
            return cls(register_bits=bits * cycles)
        beside = int(cycles % _SHIFT_LENGTH in _ONE_MORE)
        return cls(shift_luts=bits * ceil_div(cycles - beside, _SHIFT_LENGTH), register_bits=bits * beside)

    @classmethod
    def tree(
        cls,
        present: NDArray[np.bool_],
        bits: int | Sequence[Int],
        pipelining: Pipelining = EVERY_REGISTER,
        open_levels: int = 0,
    ) -> Self:
        """Pipelined adder trees over neighbours, as `adder_tree.vhd`; a word that long has no neighbour waits in LUTs.

        Args:
            present: bool, shape (trees, leaves); an absent leaf is zero and needs no adder.
            bits: Width of every node, or int64, shape (trees, nodes), for each level: the leaves first.
            pipelining: Which levels have registers.
            open_levels: Levels after the last register.
        """
        leaves = present.shape[1]
        level = np.zeros((len(present), 1 << ceil_log2(leaves)), bool)
        level[:, :leaves] = present
        waited = np.zeros(level.shape, np.int64)  # consecutive registers that end in a node
        width = np.full(level.shape, bits) if isinstance(bits, int) else bits[0]
        adder_bits, rows = 0, cls()
        for depth, closed in enumerate(pipelining.registered_levels(leaves, open_levels), 1):
            left, right = level[:, ::2], level[:, 1::2]
            before, added = np.maximum(waited[:, ::2], waited[:, 1::2]), left & right
            for side in (slice(0, None, 2), slice(1, None, 2)):
                rows += cls._rows(waited[:, side][added], width[:, side][added])
            level = left | right
            width = np.full(level.shape, bits) if isinstance(bits, int) else bits[depth]
            adder_bits += int(width[added].sum())
            waited = (np.where(added, 0, before) + closed) * level
        return cls(tree_bits=adder_bits) + rows + cls._rows(waited.ravel(), width.ravel())

    @classmethod
    def _rows(cls, cycles: Int, bits: Int) -> Self:
        """Rows of registers of ``bits`` bits, each as in `delay`."""
        short = cycles < LEAST_SHIFT
        found = cls(register_bits=int((cycles * bits)[short].sum()))
        for length in np.unique(cycles[~short]).tolist():
            found += cls.delay(int(bits[cycles == length].sum()), length)
        return found

    @classmethod
    def comparators(
        cls, leaves: int, bits: int, trees: int = 1, indexed: bool = False, pipelining: Pipelining = EVERY_REGISTER
    ) -> Self:
        """Pipelined trees that find the largest of their leaves, as `max_tree.vhd`.

        Args:
            leaves: Elements per tree.
            bits: Width of an element.
            trees: Number of trees.
            indexed: Whether the tree finds the index, as `argmax.vhd`: it grows by one bit per level, and the largest
                element itself is not kept.
            pipelining: Which levels have registers; the last one always does.
        """
        compared = selected = registers = 0
        nodes = leaves
        for level, closed in enumerate(pipelining.registered_levels(max(leaves, 2)), 1):
            pairs, nodes = nodes // 2, ceil_div(nodes, 2)
            carried = (0 if indexed and nodes == 1 else bits) + level * indexed
            compared += pairs * bits
            selected += pairs * carried
            registers += nodes * carried * closed
        return cls(compared_bits=trees * compared, selected_bits=trees * selected, register_bits=trees * registers)

    @classmethod
    def rom(cls, words: Int, bits: int, group: Int) -> Self:
        """Read-only memories; equal columns are shared.

        Args:
            words: int64, shape (phases, columns): signed codes.
            bits: Width of a code.
            group: int64, shape (columns,): columns of the same group share an address.
        """
        found = 0
        for first in range(0, len(words), ROM_WORDS):
            part = words[first : first + ROM_WORDS]
            codes, groups = bit_columns(part, bits, group)
            if len(part) + int(group.max(initial=0)).bit_length() <= _KEY_BITS:
                found += len(np.unique(codes | (groups << np.uint64(len(part)))))
            else:
                found += len(np.unique(np.stack([codes, groups], axis=1), axis=0))
        return cls(rom_columns=found)

    @classmethod
    def sequencer(cls, phases: int, phase_taps: int, valid_taps: int, copies: int = 0) -> Self:
        """`phase_sequencer.vhd`: a counter, delays of it and of the valid, and ``copies`` that count by themselves."""
        bits = ceil_log2(phases)
        return cls(
            counters=int(phases > 1),
            counted_luts=copies * _COPIED_COUNTER_LUTS[min(bits, len(_COPIED_COUNTER_LUTS) - 1)],
            register_bits=bits * phase_taps + valid_taps,
        )

    @classmethod
    def multiplexer(cls, inputs: int, bits: int) -> Self:
        """Multiplexers of ``bits`` bits."""
        if inputs > _WIDE_MULTIPLEXER:
            return cls(multiplexers=bits * ((inputs - 3) // 2))
        return cls(multiplexers=bits * ceil_div(inputs - 1, 3))


def bit_columns(words: Int, bits: int, group: Int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Each bit of each column that is not the same in all words, 64 at most: its values, first lowest; its group."""
    weight = np.uint64(1) << np.arange(len(words), dtype=np.uint64)[:, np.newaxis]
    shifts, full = np.arange(bits)[:, np.newaxis, np.newaxis], weight.sum(dtype=np.uint64)
    codes, groups = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    for first in range(0, words.shape[1], _CHUNK):
        chunk = slice(first, first + _CHUNK)
        planes = ((words[np.newaxis, :, chunk] >> shifts) & 1).astype(np.uint64)
        values = (planes * weight).sum(axis=1, dtype=np.uint64)
        kept = (values != 0) & (values != full)
        codes.append(values[kept])
        groups.append(np.broadcast_to(group[chunk].astype(np.uint64), values.shape)[kept])
    return np.concatenate(codes), np.concatenate(groups)
