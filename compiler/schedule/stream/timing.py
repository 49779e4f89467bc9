"""When a segment reads its line buffer, and how many rows the buffer must hold.

A segment reads one word (a column of the window) per cycle, in order. A read waits for its data, and a read that
completes a tile waits until `tile_interval` cycles after the last one that did:

    read(k)  >= max(read(k - 1), arrival(k)) + 1
    read(k)  >= read(previous completing read) + tile_interval     if read k completes a tile
    read(k)  >= tile_interval                                      if read k completes the first tile of a frame

The last line separates the first tile of a frame from the last one of a frame that was aborted just before it: a read
comes READ_CYCLES = 1 after the beat that decides it.
Reads are as early as this allows. If a segment would then still be reading when the next frame must begin, they are
as late as the last read allows instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.stream.tile_sequencer import READ_CYCLES
from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.numeric.tensor import Int

Bits = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Arrival:
    """When the words of an image arrive.

    Attributes:
        cycles: Cycle in which each word is available for writing; int64, shape (rows, words), ascending.
        causes: Cycle of the beat or read that produces it, never later: what a gap in the frame delays.
    """

    cycles: Int
    causes: Int

    @classmethod
    def of_beats(cls, rows: int, words: int) -> Arrival:
        """One word per cycle."""
        cycles = np.arange(rows * words, dtype=np.int64).reshape(rows, words)
        return cls(cycles, cycles)


def read_cycles(
    tiling: Tiling, arrival: Int, tile_interval: int, initiation_interval: int, not_before: int = 0
) -> Int | None:
    """Cycle of each read.

    Args:
        tiling: The segment.
        arrival: Cycle of each word of its image, int64, shape (rows, words).
        tile_interval: Minimum number of cycles between tiles.
        initiation_interval: Cycles between frames.
        not_before: Earliest cycle of the last read: the one that the last beat decides if outputs follow, so that their
            distance from it does not depend on gaps in the frame.

    Returns:
        int64, shape (reads of all rows and of the flush,); ``None`` if the segment cannot keep up with the frames.
    """
    columns = slice(tiling.first_read, tiling.first_read + tiling.reads)
    needed = np.zeros(tiling.output_rows * tiling.reads + tiling.flush_reads, np.int64)
    needed[: tiling.output_rows * tiling.reads] = arrival[tiling.last_rows(), columns].ravel() + 1
    needed[-1] = max(int(needed[-1]), not_before)
    first = int(tiling.completing_reads()[0, 0])
    needed[first] = max(int(needed[first]), tile_interval - 1 + READ_CYCLES)
    completes = np.zeros(needed.size, np.bool_)
    completes[tiling.completing_reads().ravel()] = True
    early = _earliest(needed, completes, tile_interval)
    for cycles in (early, _latest(early, completes, tile_interval)):
        tiles = cycles[completes]
        fits = int(cycles[-1] - cycles[0]) < initiation_interval
        if fits and int(tiles[-1] - tiles[0]) + tile_interval <= initiation_interval:
            return cycles
    return None


def buffer_rows(tiling: Tiling, arrival: Arrival, reads: Int, initiation_interval: int) -> int | None:
    """Smallest number of rows in a line buffer such that no word is overwritten before its last read.

    A word must be written strictly after the last read of the one that it replaces, in this frame and the next,
    whatever the gaps in the frame: the cycles of beats and reads are compared, which a gap delays together.

    Returns:
        Rows; ``None`` if not even a whole image suffices.
    """
    last = _last_reads(tiling, reads)
    for rows in range(tiling.window.size[0], max(tiling.rows, tiling.window.size[0]) + 1):
        same_frame = arrival.causes[rows:] > last[: tiling.rows - rows] if rows < tiling.rows else np.True_
        if bool(np.all(same_frame)) and _next_frame_waits(arrival.causes + initiation_interval, last, rows):
            return rows
    return None


def _next_frame_waits(writes: Int, last: Int, rows: int) -> bool:
    """Whether the next frame's first words in each row of the buffer arrive after all reads of this frame's words."""
    return all(bool((writes[row] > last[row::rows].max(axis=0)).all()) for row in range(min(rows, len(last))))


def _last_reads(tiling: Tiling, reads: Int) -> Int:
    """Cycle of the last read of each word, -1 for a word that is never read; int64, shape (rows, words)."""
    last = np.full((tiling.rows, tiling.words), -1, np.int64)
    columns = slice(tiling.first_read, tiling.first_read + tiling.reads)
    by_row = reads[: tiling.output_rows * tiling.reads].reshape(tiling.output_rows, tiling.reads)
    for cycles, first in zip(by_row, tiling.first_rows().tolist(), strict=True):
        rows = slice(max(first, 0), min(first + tiling.window.size[0], tiling.rows))
        last[rows, columns] = np.maximum(last[rows, columns], cycles)
    return last


def _earliest(needed: Int, completes: Bits, tile_interval: int) -> Int:
    cycles, previous, tile = [], -1, -tile_interval
    for need, complete in zip(needed.tolist(), completes.tolist(), strict=True):
        previous = max(previous + 1, need)
        if complete:
            previous = max(previous, tile + tile_interval)
            tile = previous
        cycles.append(previous)
    return np.array(cycles, np.int64)


def _latest(early: Int, completes: Bits, tile_interval: int) -> Int:
    """Reads as late as possible with the same last read."""
    cycles, following = [], int(early[-1]) + 1
    tile = following - 1 + tile_interval
    for complete in reversed(completes.tolist()):
        following -= 1
        if complete:
            following = min(following, tile - tile_interval)
            tile = following
        cycles.append(following)
    return np.array(cycles[::-1], np.int64)
