"""Which tile intervals are worth trying for a segment."""

from __future__ import annotations

from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.stream.timing import Arrival

_STEP = 0.8  # ratio of successive choices; the DSPs grow by about as much


def tile_intervals(tiling: Tiling, outputs: int, arrival: Arrival, initiation_interval: int) -> list[int]:
    """Tile intervals, longest first: the longest that a frame allows, then each about a fifth shorter, down to 1.

    Among them is the longest at which a row of tiles is computed while the rows for the next one arrive: with a longer
    one, the segment falls behind its input. All but these two are shortened to what the outputs of a tile fill: lanes
    that each compute ``outputs / lanes`` of them, rounded up, one after another.

    Args:
        tiling: The segment.
        outputs: Outputs of the first layer of a tile.
        arrival: When the words of its image arrive.
        initiation_interval: Cycles between frames.
    """
    longest = max(initiation_interval // tiling.tiles, 1)
    choices = {1, longest}
    interval = longest * _STEP
    while interval > 1:
        lanes = ceil_div(outputs, int(interval))
        choices.add(ceil_div(outputs, lanes))
        interval *= _STEP
    if tiling.output_rows > 1:
        rows = tiling.last_rows()
        period = int(arrival.cycles[rows[1:], 0].max() - arrival.cycles[rows[:-1], 0].min()) // (len(rows) - 1)
        choices.add(min(max(period // tiling.tile_columns, 1), longest))
    return sorted(choices, reverse=True)
