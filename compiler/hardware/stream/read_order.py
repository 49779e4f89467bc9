"""Checks that line buffers hold what is read: written by then, and not yet overwritten by this frame or the next.

The cycles of a finished schedule are checked, independently of the search that chose them.
"""

from __future__ import annotations

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.stream.segment_schedule import SegmentSchedule
from bxnn.compiler.numeric.tensor import Int


def check_reads(subject: str, segment: SegmentSchedule, written: Int, caused: Int, initiation_interval: int) -> None:
    """Check every read of a segment's line buffer.

    Args:
        subject: Named in errors.
        segment: The segment.
        written: Cycle in which each word of its image arrives; int64, shape (rows, words).
        caused: Cycle of the beat or read that causes it: a gap in the frame delays both alike.
        initiation_interval: Cycles between frames.

    Raises:
        InternalError: If a word is read too early or too late.
    """
    tiling, kept = segment.segment.tiling, segment.buffer_rows
    reads = segment.read_cycles[: tiling.output_rows * tiling.reads].reshape(tiling.output_rows, tiling.reads)
    columns = slice(tiling.first_read, tiling.first_read + tiling.reads)
    for cycles, first in zip(reads, tiling.first_rows().tolist(), strict=True):
        for row in range(max(first, 0), min(first + tiling.tile_shape[0], tiling.rows)):
            early = cycles <= written[row, columns]
            replaced = caused[row % kept, columns] + initiation_interval <= cycles
            if row + kept < tiling.rows:
                replaced |= caused[row + kept, columns] <= cycles
            if np.any(early | replaced):
                word = tiling.first_read + int(np.argmax(early | replaced))
                problem = f"its line buffer does not hold word {word} of row {row} when it is read"
                raise InternalError(subject, problem)
