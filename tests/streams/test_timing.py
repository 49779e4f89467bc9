"""Reads find their data and lose none, in frames with and without gaps; the buffer is as small as this allows."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.stream.tile_sequencer import READ_CYCLES
from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.stream.timing import Arrival, buffer_rows, read_cycles
from tests.streams.test_tiling import tilings

FRAMES = 3


def beats_with_gaps(gaps: list[int], beats: int, interval: int) -> list[list[int]]:
    """Actual cycle of each beat of some frames, each as early as possible, with these gaps before its beats."""
    start, frames = 0, []
    for frame in range(FRAMES):
        cycles, now = [], start
        for beat in range(beats):
            now += gaps[(frame * beats + beat) % len(gaps)]
            cycles.append(now)
            now += 1
        frames.append(cycles)
        start = cycles[-1] + interval - (beats - 1)
    return frames


def real(cycle: int, frame: list[int]) -> int:
    """When something happens that is scheduled with a beat, or some cycles after the last one."""
    last = len(frame) - 1
    return frame[cycle] if cycle <= last else frame[last] + cycle - last


def read_at(cycle: int, frame: list[int]) -> int:
    """When a read happens: a cycle after what decides it."""
    return real(cycle - READ_CYCLES, frame) + READ_CYCLES


def check_frames(tiling: Tiling, arrival: Arrival, reads: Int, rows: int, frames: list[list[int]]) -> None:
    """Replay writes and reads of all frames on a buffer of ``rows`` rows; each read must find the right data."""
    events = []
    for number, frame in enumerate(frames):
        for row, word in np.ndindex(tiling.rows, tiling.words):
            cause = int(arrival.causes[row, word])
            written = real(cause, frame) + int(arrival.cycles[row, word]) - cause
            events.append((written + 0.5, "write", number, row, word))  # available from the next cycle on
        for index, cycle in enumerate(reads[: tiling.output_rows * tiling.reads].tolist()):
            events.append((read_at(cycle, frame) + 0.25, "read", number, *divmod(index, tiling.reads)))
    memory: dict[tuple[int, int], tuple[int, int]] = {}
    for _, kind, number, row, word in sorted(events):
        if kind == "write":
            memory[row % rows, word] = number, row
            continue
        first = int(tiling.first_rows()[row])
        for wanted in range(max(first, 0), min(first + tiling.window.size[0], tiling.rows)):
            assert memory.get((wanted % rows, word + tiling.first_read)) == (number, wanted)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(tilings(), st.integers(1, 6), st.integers(0, 40), st.lists(st.integers(0, 3), min_size=1, max_size=9), st.data())
def test_reads_find_their_data(
    tiling: Tiling, tile_interval: int, spare: int, gaps: list[int], data: st.DataObject
) -> None:
    beats = tiling.rows * tiling.words
    interval = beats + spare
    arrival = Arrival.of_beats(tiling.rows, tiling.words)
    delay = data.draw(st.integers(0, 12))
    arrival = Arrival(arrival.cycles + delay, arrival.causes)
    reads = read_cycles(tiling, arrival.cycles, tile_interval, interval, beats)
    assume(reads is not None)
    assert reads is not None
    rows = buffer_rows(tiling, arrival, reads, interval)
    assume(rows is not None)
    assert rows is not None
    completing = reads[tiling.completing_reads().ravel()]
    assert bool((np.diff(reads) >= 1).all()) and bool((np.diff(completing) >= tile_interval).all())
    assert int(reads[-1] - reads[0]) < interval and int(reads[-1]) >= beats
    assert int(completing[0]) >= tile_interval, "the last tile of a lost frame may be in work until then"
    check_frames(tiling, arrival, reads, rows, beats_with_gaps([0], beats, interval))
    check_frames(tiling, arrival, reads, rows, beats_with_gaps(gaps, beats, interval))


def test_one_row_less_loses_data() -> None:
    """A buffer smaller than the smallest fails for some frame: the bound has no slack, and the check can fail."""
    tiling = Tiling(8, 6, 1, 1, Window((3, 3), (1, 1), (1, 1), (0, 0), (0, 0)), 6, 4)
    arrival = Arrival.of_beats(8, 6)
    reads = read_cycles(tiling, arrival.cycles, 3, 80)
    assert reads is not None
    rows = buffer_rows(tiling, arrival, reads, 80)
    assert rows == 6
    frames = beats_with_gaps([0], 48, 80)
    check_frames(tiling, arrival, reads, rows, frames)
    failed = False
    try:
        check_frames(tiling, arrival, reads, rows - 1, frames)
    except AssertionError:
        failed = True
    assert failed


def test_a_segment_that_cannot_keep_up_has_no_reads() -> None:
    tiling = Tiling(4, 4, 1, 1, Window((1, 1), (1, 1), (1, 1), (0, 0), (0, 0)), 4, 4)
    arrival = Arrival.of_beats(4, 4)
    assert read_cycles(tiling, arrival.cycles, 1, 16) is not None
    assert read_cycles(tiling, arrival.cycles, 2, 31) is None
    assert read_cycles(tiling, arrival.cycles, 2, 32) is not None
