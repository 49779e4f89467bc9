"""Keeps the rows of an image that tiles still need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyTerm
from bxnn.compiler.hardware.stream.line_memory import Memory, row_block_rams, row_memory
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.plural import counted

# Distributed RAM of 7-series devices by depth: bits that four LUTs hold. Source: AMD UG474, RAM32M and RAM64M.
_RAM_BITS = {32: 6, 64: 3}


@dataclass(frozen=True)
class LineBuffer(StreamPart):
    """``bxnn_line_buffer.vhd``: a memory per row, counters for the row and the word being written.

    Attributes:
        rows: Rows kept.
        words: Words per row.
        word_bits: Bits per word.
    """

    rows: int
    words: int
    word_bits: int

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
        registers = word + max(row, int(self.words > 1))
        around = Fabric(stream_luts=2 * word + row + self.rows, register_bits=registers)
        if self.memory == "block":
            return around
        depth = 32 if self.words <= 32 else 64
        pages = ceil_div(self.words, depth)
        chosen = Fabric.multiplexer(pages, self.word_bits).multiplexers
        memory = pages * 4 * ceil_div(self.word_bits, _RAM_BITS[depth]) + chosen
        return around + Fabric(stream_luts=self.rows * memory, register_bits=self.rows * self.word_bits)

    def constants(self) -> Mapping[str, Any]:
        block_ram = int(self.memory == "block")
        return {"rows": self.rows, "words": self.words, "word_bits": self.word_bits, "block_ram": block_ram}

    def verify(self, subject: str) -> None:
        if min(self.rows, self.words, self.word_bits) < 1:
            raise InternalError(
                subject, f"holds {counted(self.rows, 'row')} of {self.words} x {counted(self.word_bits, 'bit')}"
            )
