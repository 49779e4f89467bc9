"""Determines in which cycles a segment reads its line buffer, and which reads complete a tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.fabric import ROM_WORDS, Fabric
from bxnn.compiler.hardware.latency import LatencyTerm
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.plural import counted

_GATED_BITS = 3  # address bits that a LUT6 can look up and gate
_FLAGS = 3  # that a sequence runs, reads next and completes a tile next


@dataclass(frozen=True, eq=False)
class TileSequencer(StreamPart):
    """``bxnn_tile_sequencer.vhd``: a tick counter, two ROMs of one bit per tick and what they say of the next tick.

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
            luts += 2 * Fabric.multiplexer(ceil_div(self.ticks, ROM_WORDS), 1).multiplexers
        waits = int(self.arriving > 0)
        return Fabric(stream_luts=luts + 2 * waits, register_bits=bits + (_FLAGS + waits if bits else 0))

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
