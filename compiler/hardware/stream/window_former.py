"""Moves a window over the words that are read and outputs the tiles in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import gcd
from typing import Any, Self

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.choice_tree import ChoiceTree
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.requantize_paths import lut_levels
from bxnn.compiler.hardware.stream.control_paths import compared, copied, enabled
from bxnn.compiler.hardware.stream.stream_copies import StreamCopies
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.hardware.stream.tile_sequencer import rom_luts
from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.numeric.integers import ceil_log2, trailing_zeros
from bxnn.compiler.plural import counted

WINDOW_CYCLES = 3  # from a read of the line buffer to the tile that it completes: address, memory, window register
_FLAGS = 5  # flip-flops that follow a read; three more are a shift register


@dataclass(frozen=True)
class WindowFormer(StreamPart):
    """``bxnn_window_former.vhd``: the window in registers, multiplexers of the buffer's rows, counters, masks.

    A row is hidden by the reset of the window's registers; columns by that of the registers that hold the tile after
    it, if there are any, or else by an AND per bit.

    Attributes:
        tiling: How the image is cut into tiles.
        buffer_rows: Rows of the line buffer.
        code_bits: Bits of one channel of a pixel.
        held_after: Whether registers after it hold the tile and absorb the masks of its columns.
        max_fanout: Most loads of a copy of what moves the window, selects its rows or hides pixels.
    """

    tiling: Tiling
    buffer_rows: int
    code_bits: int
    held_after: bool
    max_fanout: int

    @property
    def pixel_bits(self) -> int:
        """Bits of a pixel, all channels."""
        return self.tiling.channels * self.code_bits

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.WINDOW, WINDOW_CYCLES),)

    def resources(self) -> Fabric:
        tiling = self.tiling
        used = tiling.window_words * tiling.word_pixels - tiling.lead
        bank, read = ceil_log2(self.buffer_rows), ceil_log2(tiling.reads)
        rows = tiling.tile_shape[0]
        word_bits = tiling.word_pixels * self.pixel_bits
        control = (read + 1 if read else 0) + sum(self._bank_bits()) + self._control.copies * (bank + 1)
        moved = Fabric(
            stream_luts=2 * (read + bank) + 4 + rows * word_bits * self._choice.luts,
            register_bits=rows * used * self.pixel_bits + control + _FLAGS,
        )
        return moved + self._row_masks() + self._column_masks()

    def alone(self) -> Self:
        return replace(self, held_after=False)

    def control(self, technology: Technology) -> HardwarePaths:
        """From the start through the counters to the rows, tiles and pixels of a read, and to its address."""
        bits = [ceil_log2(count) for count in self._counts]
        start, bank = technology.start, ceil_log2(self.buffer_rows)
        banked = technology.luts(3, 6) + technology.into_register
        entries = (
            Entry(PathClass.CONTROL, sum(bits) + 4 * bank + 6, enabled(2, max(bits) + 2, technology)),
            Entry(PathClass.DATA, 0, banked),
        )
        inner = (
            PathDelay(PathClass.DATA, start + technology.net(3) + compared(max(bits), technology)),
            PathDelay(PathClass.DATA, start + technology.net(bank + 2) + banked),
            *(PathDelay(PathClass.DATA, start + path) for path in self._shown(technology)),
        )
        offset = Delay()
        if self.tiling.first_read:
            offset = technology.net(2) + technology.adders(bits[0]) + Delay(technology.fabric.carry.o_to_out)
        return HardwarePaths(entries, inner, None, Entry(PathClass.DATA, 0, technology.luts(1) + offset))

    def reading(self, technology: Technology) -> HardwarePaths:
        """From a read that steps the counters."""
        bits = [ceil_log2(count) for count in self._counts]
        stepped = enabled(2, max(bits) + 2, technology)
        # A short counter is mapped without a clock enable: what steps it is read by every bit and by the next counter.
        counted_up = technology.luts(3, max(bits) + 1) + technology.into_register
        return HardwarePaths((Entry(PathClass.CONTROL, sum(bits) + 6, stepped), Entry(PathClass.DATA, 0, counted_up)))

    def paths(self, technology: Technology) -> HardwarePaths:
        """From the line buffer through the window to the tile."""
        start, loads = technology.start, technology.net(self.max_fanout)
        chosen = self._choice.delay(technology) + technology.into_register
        # A row of the buffer is the last to choose from for one row of the window at most.
        sinks = self.tiling.tile_shape[0] - 1 + max(self._choice.last_loads, 1)
        entry = Entry(PathClass.DATA, sinks, chosen)
        inner = [
            PathDelay(PathClass.DATA, start + loads + chosen),
            PathDelay(PathClass.CONTROL, start + loads + technology.enable),
        ]
        if (self.tiling.row_mask() == 0).any():
            inner.append(PathDelay(PathClass.CONTROL, start + loads + enabled(1, self.max_fanout, technology)))
        if not (self.tiling.column_mask() == 0).any():
            return HardwarePaths((entry,), tuple(inner), start)
        inner.append(PathDelay(PathClass.CONTROL, start + loads + enabled(1, self.max_fanout, technology)))
        if self.held_after:  # its valid enables the registers after it, and clears those of hidden pixels
            rows, columns, _ = self.tiling.tile_shape
            column_bits = rows * self.pixel_bits
            hidden = technology.net(columns * column_bits) + enabled(1, column_bits, technology)
            inner.append(PathDelay(PathClass.CONTROL, start + hidden))
        return HardwarePaths((entry,), tuple(inner), start + loads + technology.luts(1))

    def _shown(self, technology: Technology) -> Iterator[Delay]:
        """From the counters of rows and tiles through the masks to the copies of what hides pixels."""
        for mask, copies in (
            (self.tiling.row_mask(), self._control.slices),
            (self.tiling.column_mask(), self._mask_copies),
        ):
            hiding = mask[:, (mask == 0).any(axis=0)]
            if hiding.size:
                levels = lut_levels(ceil_log2(len(mask))) + 1
                yield technology.net(2 * hiding.shape[1]) + technology.luts(levels, 2) + copied(copies, technology)

    @property
    def _counts(self) -> tuple[int, ...]:
        """What is counted: reads of a row, rows of tiles, tiles of a row."""
        return self.tiling.reads, self.tiling.output_rows, self.tiling.tile_columns

    def constants(self) -> Mapping[str, Any]:
        tiling = self.tiling
        return {
            "buffer_rows": self.buffer_rows,
            "words": tiling.words,
            "word_pixels": tiling.word_pixels,
            "pixel_bits": self.pixel_bits,
            "rows": tiling.tile_shape[0],
            "columns": tiling.tile_shape[1],
            "window_words": tiling.window_words,
            "lead": tiling.lead,
            "first_word": tiling.first_read,
            "reads": tiling.reads,
            "row_step": tiling.window.stride[0],
            "rows_before": tiling.window.before[0],
            "tile_rows": tiling.output_rows,
            "tile_columns": tiling.tile_columns,
            "max_fanout": self.max_fanout,
            "row_mask": tiling.row_mask(),
            "column_mask": tiling.column_mask(),
        }

    def verify(self, subject: str) -> None:
        tiling = self.tiling
        reach = tiling.window_words * tiling.word_pixels - tiling.lead
        if reach < tiling.tile_shape[1] or not 1 <= tiling.tile_shape[0] <= self.buffer_rows:
            raise InternalError(
                subject, f"has no room for tiles of {tiling.tile_shape} in {counted(self.buffer_rows, 'row')}"
            )
        if not tiling.row_mask().any(axis=1).all() or not tiling.column_mask().any(axis=1).all():
            raise InternalError(subject, "outputs a tile that lies outside the image")

    @property
    def _control(self) -> StreamCopies:
        """Copies of what moves the window and selects rows of the buffer."""
        loads = max(self.tiling.window_words, self._choice.loads)
        word_bits = self.tiling.word_pixels * self.pixel_bits
        return StreamCopies.of(self.tiling.tile_shape[0], word_bits, self.max_fanout // loads)

    @property
    def _choice(self) -> ChoiceTree:
        """Of the row of the buffer that a row of the window reads."""
        return ChoiceTree.of(self.buffer_rows)

    @property
    def _mask_copies(self) -> int:
        """Copies of what hides columns."""
        return StreamCopies.of(self.tiling.tile_shape[0], self.pixel_bits, self.max_fanout).copies

    def _bank_bits(self) -> tuple[int, int]:
        """Flip-flops of the counter of the buffer's rows, and of a register of its value.

        Low bits stay as they are if steps and rows are multiples of a power of two: the counter starts with them, but a
        register of its value starts with zero and has to hold a one. Copies are kept as they are.
        """
        rows, bits = self.buffer_rows, ceil_log2(self.buffer_rows)
        common = gcd(self.tiling.window.stride[0], rows)
        idle = bits if common == rows else trailing_zeros(common)
        first = -self.tiling.window.before[0] % rows
        ones = (first & ((1 << idle) - 1)).bit_count()
        return bits - idle, bits - idle + ones

    def _row_masks(self) -> Fabric:
        mask = self.tiling.row_mask()
        if (mask != 0).all():
            return Fabric()
        bits, hidden = ceil_log2(self.tiling.output_rows), int((mask == 0).any(axis=0).sum())
        counter = 2 * bits + 1 if bits else 0
        return Fabric(stream_luts=2 * bits + rom_luts(mask), register_bits=counter + hidden * self._control.slices)

    def _column_masks(self) -> Fabric:
        mask = self.tiling.column_mask()
        hiding = mask[:, (mask == 0).any(axis=0)]
        if hiding.shape[1] == 0:
            return Fabric()
        bits, rows = ceil_log2(self.tiling.tile_columns), self.tiling.tile_shape[0]
        hidden = hiding.shape[1] * (1 if self.held_after else rows * self.pixel_bits)
        copies = self._mask_copies
        counter = 3 * bits + 1 if bits else 0
        luts = 2 * bits + 2 * rom_luts(hiding) + hidden
        return Fabric(stream_luts=luts, register_bits=counter + 1 + hiding.shape[1] * copies)
