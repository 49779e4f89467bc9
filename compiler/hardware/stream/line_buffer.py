"""Keeps the rows of an image that tiles still need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyTerm
from bxnn.compiler.hardware.stream.line_memory import Memory, row_block_rams, row_memory
from bxnn.compiler.hardware.stream.stream_copies import LUT_MEMORY_BITS, StreamCopies
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.plural import counted

# Distributed RAM of 7-series devices by depth: bits that four LUTs hold. Source: AMD UG474, RAM32M and RAM64M.
_RAM_BITS = {32: 6, 64: 3}


@dataclass(frozen=True)
class LineBuffer(StreamPart):
    """``bxnn_line_buffer.vhd``: a memory per row, counters for the row and the word being written.

    Both ports have registers, those of the addresses in as many copies that none serves too many bits.

    Attributes:
        rows: Rows kept.
        words: Words per row.
        word_bits: Bits per word.
        max_fanout: Bits of all rows that a copy of the addresses may serve.
        counts_data: Whether the register of the word that arrives is counted here.
    """

    rows: int
    words: int
    word_bits: int
    max_fanout: int
    counts_data: bool = True

    @property
    def memory(self) -> Memory:
        """What a row is stored in."""
        return row_memory(self.words, self.word_bits)

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18)."""
        return 0 if self.memory == "distributed" else self.rows * row_block_rams(self.words, self.word_bits)

    @property
    def bits(self) -> int:
        """Bits kept."""
        return self.rows * self.words * self.word_bits

    def latency(self) -> tuple[LatencyTerm, ...]:
        """None: the cycle of a read is counted in the window former."""
        return ()

    def resources(self) -> Fabric:
        row, word = ceil_log2(self.rows), ceil_log2(self.words)
        shared = StreamCopies.of(self.rows, self.word_bits, self.max_fanout, LUT_MEMORY_BITS)
        counters = sum(bits + 1 for bits in (row, word) if bits)
        addresses = shared.copies * (2 * word + 1) + self.rows * shared.slices
        registers = counters + self.word_bits * self.counts_data + addresses
        around = Fabric(stream_luts=2 * (word + row) + self.rows, register_bits=registers)
        if self.memory == "block":
            return around
        depth = 32 if self.words <= 32 else 64
        pages = ceil_div(self.words, depth)
        chosen = Fabric.multiplexer(pages, self.word_bits).multiplexers
        memory = pages * 4 * ceil_div(self.word_bits, _RAM_BITS[depth]) + chosen
        return around + Fabric(stream_luts=self.rows * memory, register_bits=self.rows * self.word_bits)

    def alone(self) -> Self:
        return replace(self, counts_data=True)

    def constants(self) -> Mapping[str, Any]:
        block_ram = int(self.memory == "block")
        return {
            "rows": self.rows,
            "words": self.words,
            "word_bits": self.word_bits,
            "max_fanout": self.max_fanout,
            "block_ram": block_ram,
        }

    def verify(self, subject: str) -> None:
        if min(self.rows, self.words, self.word_bits) < 1:
            raise InternalError(
                subject, f"holds {counted(self.rows, 'row')} of {self.words} x {counted(self.word_bits, 'bit')}"
            )
