"""When a segment of a streaming network reads its line buffer, and how its tiles are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.hardware.hold import Hold
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.first_delay import FirstDelay
from bxnn.compiler.hardware.stream.line_buffer import LineBuffer
from bxnn.compiler.hardware.stream.stream_plan import Segment
from bxnn.compiler.hardware.stream.tile_sequencer import READ_CYCLES, TileSequencer
from bxnn.compiler.hardware.stream.window_former import WINDOW_CYCLES, WindowFormer
from bxnn.compiler.hardware.valid_wiring import ValidWiring
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class SegmentSchedule:
    """The entities of a segment and their cycles.

    Cycles are those of a frame whose beats arrive one per cycle, the first in cycle 0. In a frame with gaps, a read in
    cycle ``r`` up to the number of beats comes a cycle after beat ``r - 1``, which decides it; a later one keeps its
    distance from the last beat.

    Attributes:
        segment: The segment.
        tile_interval: Minimum number of cycles between tiles: the initiation interval of the tiles.
        read_cycles: Cycle of each read; int64, ascending.
        buffer_rows: Rows that the line buffer holds.
        schedule: Schedule of a tile.
    """

    segment: Segment
    tile_interval: int
    read_cycles: Int
    buffer_rows: int
    schedule: Schedule

    @property
    def start_cycle(self) -> int:
        """Cycle of the first read."""
        return int(self.read_cycles[0])

    @property
    def sequence_cycle(self) -> int:
        """Cycle in which the first read is decided."""
        return self.start_cycle - READ_CYCLES

    @property
    def tile_cycles(self) -> Int:
        """Cycle in which each tile enters the layers; int64, shape (rows of tiles, tiles of a row)."""
        return np.asarray(self.read_cycles[self.segment.tiling.completing_reads()] + WINDOW_CYCLES)

    @property
    def early_loads(self) -> int:
        """Copies of the valid of a tile that start with the read that completes it."""
        return ValidWiring(self.schedule).early_loads

    def sequencer(self, beats: int) -> TileSequencer:
        """Determines when to read.

        Args:
            beats: Beats of a frame.
        """
        ticks = self.read_cycles - self.start_cycle
        tiles = ticks[self.segment.tiling.completing_reads().ravel()]
        return TileSequencer(ticks, tiles, self.tile_interval, max(beats - self.sequence_cycle, 0))

    @property
    def buffer(self) -> LineBuffer:
        """Keeps the rows that tiles still need."""
        tiling = self.segment.tiling
        return LineBuffer(
            self.buffer_rows, tiling.words, tiling.word_pixels * tiling.channels * self._code_bits, self._max_fanout
        )

    @property
    def window(self) -> WindowFormer:
        """What makes tiles of the words that are read."""
        converters = self.schedule.step(self.segment.layers[0]).converters[0]
        held = bool(converters) and isinstance(converters[0], Hold)
        return WindowFormer(self.segment.tiling, self.buffer_rows, self._code_bits, held, self._max_fanout)

    @property
    def first(self) -> FirstDelay:
        """Marks the result of a frame's first tile."""
        return FirstDelay(self.schedule.latency_cycles)

    @property
    def _max_fanout(self) -> int:
        """Most loads of a copy of its control: as for the layers of a tile."""
        return self.schedule.step(self.segment.layers[0]).binding.pipelining.most_loads

    @property
    def _code_bits(self) -> int:
        """Bits per channel of the image that is read."""
        (name,) = self.segment.graph.inputs
        return self.segment.graph.tensors()[name].bits
