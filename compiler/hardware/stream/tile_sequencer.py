"""Determines in which cycles a segment reads its line buffer, and which reads complete a tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import ROM_WORDS, Fabric
from bxnn.compiler.hardware.latency import LatencyTerm
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.control_paths import decided, enabled
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.plural import counted

READ_CYCLES = 1  # from the beat or cycle that decides a read to the read: what the sequencer says is registered

_GATED_BITS = 3  # address bits that a LUT6 can look up and gate
_FEW_LOADS = 20  # beyond, one more LUT comes before what steps them
_FLAGS = 3  # that a sequence runs, reads next and completes a tile next
_OUTPUTS = 3  # that a read is the first, that there is one, and that it completes a tile


@dataclass(frozen=True, eq=False)
class TileSequencer(StreamPart):
    """``bxnn_tile_sequencer.vhd``: a tick counter, two ROMs of one bit per tick and registers of what they say.

    Attributes:
        read_ticks: Ticks in which a word is read, ascending from 0; int64.
        tile_ticks: Those that complete a tile; int64.
        tile_interval: Minimum number of cycles between tiles.
        arriving: Ticks that wait for a beat.
    """

    read_ticks: Int
    tile_ticks: Int
    tile_interval: int
    arriving: int

    @property
    def ticks(self) -> int:
        """Cycles from the first to the last read, both included."""
        return int(self.read_ticks[-1]) + 1

    @property
    def reads(self) -> Int:
        """One bit per tick, tick 0 first: a read of the line buffer."""
        return self._marked(self.read_ticks)

    @property
    def completes(self) -> Int:
        """The same: a read that completes a tile."""
        return self._marked(self.tile_ticks)

    def latency(self) -> tuple[LatencyTerm, ...]:
        return ()

    def resources(self) -> Fabric:
        bits = ceil_log2(self.ticks)
        luts = 2 * bits + 2
        if bits > _GATED_BITS:  # up to 8 ticks fit in the LUTs that gate them
            luts += rom_luts(np.stack([self.reads, self.completes], axis=1))
            luts += 2 * Fabric.multiplexer(self._pages, 1).multiplexers
        waits = int(self.arriving > 0)
        flags = _FLAGS + waits + self._looked_up if bits else 0
        return Fabric(stream_luts=luts + 2 * waits, register_bits=bits + flags + _OUTPUTS)

    def control(self, technology: Technology) -> HardwarePaths:
        """From the starts and beats to the counter and to the registers of a read."""
        bits = ceil_log2(self.ticks)
        loads, start = bits + 6, technology.start
        stepping = bits + 4 + self._looked_up
        stepped = enabled(2 if stepping <= _FEW_LOADS else 3, stepping, technology)
        counted, entered = self._counted(bits, technology), technology.luts(1) + technology.net(2)
        said = slowest((entered + counted, decided(2, technology)))
        entries = (Entry(PathClass.CONTROL, loads, stepped), Entry(PathClass.DATA, 0, said))
        inner = (
            PathDelay(PathClass.CONTROL, start + technology.net(loads) + stepped),
            PathDelay(PathClass.DATA, start + technology.net(self._readers) + counted),
        )
        return HardwarePaths(entries, inner, start)

    def paths(self, technology: Technology) -> HardwarePaths:
        """No data passes."""
        return HardwarePaths()

    @property
    def _pages(self) -> int:
        """LUTs that hold a bit for every tick."""
        return ceil_div(self.ticks, ROM_WORDS)

    @property
    def _looked_up(self) -> int:
        """Flip-flops of pages: those that differ, and change."""
        if self._pages == 1:
            return 0
        following = [
            np.append(bits[1:], np.zeros(self._pages * ROM_WORDS + 1 - self.ticks, np.int64))
            for bits in (self.reads, self.completes)
        ]
        pages = np.unique(np.concatenate(following).reshape(-1, ROM_WORDS), axis=0)
        return int((pages != pages[:, :1]).any(axis=1).sum())

    @property
    def _readers(self) -> int:
        """LUTs that read a bit of the counter: the pages of both ROMs, comparisons."""
        return 2 * self._pages + 4

    def _counted(self, bits: int, technology: Technology) -> Delay:
        """From the nets of the counter to what is known of the next tick."""
        if self._pages == 1:  # a LUT looks it up and compares
            return decided(2, technology)
        chosen = multiplexer(self._pages, technology, 2) + technology.net(1) + decided(1, technology)
        return slowest((chosen, technology.comparison(bits) + technology.sum_into_register))

    def constants(self) -> Mapping[str, Any]:
        return {"ticks": self.ticks, "arriving": self.arriving, "reads": self.reads, "completes": self.completes}

    def verify(self, subject: str) -> None:
        if self.read_ticks[0] != 0 or (np.diff(self.read_ticks) < 1).any():
            raise InternalError(subject, "reads two words in one tick, or none in the first")
        if not self.reads[self.tile_ticks].all() or (np.diff(self.tile_ticks) < self.tile_interval).any():
            apart = counted(self.tile_interval, "cycle")
            raise InternalError(subject, f"completes a tile without a read, or two tiles less than {apart} apart")

    def _marked(self, ticks: Int) -> Int:
        found = np.zeros(self.ticks, np.int64)
        found[ticks] = 1
        return found


def rom_luts(words: Int) -> int:
    """LUTs of one-bit ROMs; int64, shape (words, ROMs)."""
    return Fabric.rom(words, 1, np.arange(words.shape[1])).rom_columns
