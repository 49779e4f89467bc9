"""Keeps the rows of an image that tiles still need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.block_ram import half_block_rams
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import LUT_INPUTS, Fabric
from bxnn.compiler.hardware.latency import LatencyTerm
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.control_paths import compared, copied, enabled
from bxnn.compiler.hardware.stream.line_memory import Memory, row_memory
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
        return 0 if self.memory == "distributed" else self.rows * half_block_rams(self.words, self.word_bits)

    @property
    def bits(self) -> int:
        """Bits kept."""
        return self.rows * self.words * self.word_bits

    def latency(self) -> tuple[LatencyTerm, ...]:
        """None: the cycle of a read is counted in the window former."""
        return ()

    def resources(self) -> Fabric:
        row, word = ceil_log2(self.rows), ceil_log2(self.words)
        shared = self._copies
        counters = sum(bits + 1 for bits in (row, word) if bits)
        addresses = shared.copies * (2 * word + 1) + self.rows * shared.slices
        registers = counters + self.word_bits * self.counts_data + addresses
        around = Fabric(stream_luts=2 * (word + row) + self.rows, register_bits=registers)
        if self.memory == "block":
            return around
        chosen = Fabric.multiplexer(self._pages, self.word_bits).multiplexers
        memory = self._pages * 4 * ceil_div(self.word_bits, _RAM_BITS[self._depth]) + chosen
        return around + Fabric(stream_luts=self.rows * memory, register_bits=self.rows * self.word_bits)

    def alone(self) -> Self:
        return replace(self, counts_data=True)

    @property
    def _depth(self) -> int:
        """Words that a LUT memory holds."""
        return 32 if self.words <= 32 else 64

    @property
    def _pages(self) -> int:
        """LUT memories that hold a bit of a row."""
        return ceil_div(self.words, self._depth)

    @property
    def _copies(self) -> StreamCopies:
        """Copies of the addresses."""
        return StreamCopies.of(self.rows, self.word_bits, self.max_fanout, LUT_MEMORY_BITS)

    def control(self, technology: Technology) -> HardwarePaths:
        """From valid and first through the counters of rows and words to the registers of the write port."""
        row, word = ceil_log2(self.rows), ceil_log2(self.words)
        copies, start = self._copies, technology.start
        entered = technology.luts(1) + technology.net(row + word + 3)
        stepped = entered + enabled(1, row + word + 2, technology)
        # Which row is written: a LUT reads valid, the restart and four bits of the number; of more, parts are shared.
        decoded = technology.luts(1) if row + 2 <= LUT_INPUTS else technology.luts(3, self.rows // 4)
        addressed = entered + decoded + copied(copies.copies + 1, technology)
        entries = (
            Entry(PathClass.CONTROL, row + word + self.rows + 4, stepped),
            Entry(PathClass.DATA, 0, addressed),
        )
        inner = (
            PathDelay(PathClass.CONTROL, start + technology.net(row + 3) + stepped),
            PathDelay(PathClass.DATA, start + technology.net(self.rows + 3) + addressed),
            PathDelay(PathClass.DATA, start + technology.net(3) + compared(max(row, word), technology)),
        )
        return HardwarePaths(entries, inner)

    def reading(self, technology: Technology) -> HardwarePaths:
        """From a read and its address to the registers of the read port."""
        copies = self._copies.copies
        return HardwarePaths((Entry(PathClass.DATA, copies, copied(copies, technology)),))

    def paths(self, technology: Technology) -> HardwarePaths:
        """Through the register of the word that arrives, and the memory."""
        fabric, start = technology.fabric, technology.start
        block = self.memory == "block"
        shown = Delay(fabric.bram.clk_out) if block else start
        arrived = start if self.counts_data else Delay(max(fabric.srl.clk_out, fabric.ff.clk_q))
        loads = start + technology.net(self.max_fanout)
        ram = fabric.bram if block else fabric.lutram
        inner = [
            PathDelay(PathClass.MEMORY, loads + Delay(max(ram.setup_address, ram.setup_we))),
            PathDelay(PathClass.MEMORY, arrived + technology.net(2 * self.rows * self._pages) + Delay(ram.setup_d)),
            PathDelay(PathClass.CONTROL, loads + technology.enable),
        ]
        if not block:
            chosen = (
                technology.luts(1)
                if self._pages == 1
                else technology.luts(1) + technology.net(1) + multiplexer(self._pages, technology, 1)
            )
            inner.append(PathDelay(PathClass.DATA, loads + chosen + technology.into_register))
        return HardwarePaths((Entry(PathClass.DATA, 1, technology.around_into_register),), tuple(inner), shown)

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
