"""The entities around the tiles as classes: what is verified, and that errors in it are found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.stream.segment_schedule import SegmentSchedule
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.stream.tile_sequencer import TileSequencer
from bxnn.compiler.plural import counted
from tests.streams.networks import schedule
from tests.streams.test_contract import CASES

BROAD = "pool in the tile, two segments"


@pytest.fixture(scope="module")
def broad() -> StreamSchedule:
    chain, pixels = CASES[BROAD]
    return schedule(chain.graph(), pixels, 0)


def problem_of(found: StreamSchedule | StreamPart) -> str:
    with pytest.raises(InternalError) as caught:
        found.verify() if isinstance(found, StreamSchedule) else found.verify("net: part")
    return str(caught.value)


def broken(found: StreamSchedule, number: int, **changed: Any) -> StreamSchedule:
    """The schedule with something changed in one segment; segments are counted from 0."""
    segments = list(found.segments)
    segments[number] = replace(segments[number], **changed)
    return replace(found, segments=tuple(segments))


@pytest.mark.parametrize("case", CASES)
def test_parts_add_up(case: str) -> None:
    """The latencies of the parts add up to the network's; instances are in the order of the data."""
    chain, pixels = CASES[case]
    found = schedule(chain.graph(), pixels, 0)
    names = [found.plan.name, "sequencer"]
    for number in range(1, len(found.segments) + 1):
        names += [f"tile{number}_{part}" for part in ("sequencer", "buffer", "window", "first")]
    assert list(found.parts()) == [*names, "collector"]
    ends = [int(segment.tile_cycles[-1, -1]) + segment.schedule.latency_cycles for segment in found.segments]
    last = [found.plan.beats - 1, *ends][-1]
    assert found.collected_cycle == found.entry_cycles + last + found.collector.latency_cycles
    assert all(part.latency_cycles == sum(term.cycles for term in part.latency()) for part in found.parts().values())
    found.verify()


@pytest.mark.parametrize("number", [0, 1])
def test_a_row_too_few_is_found(broad: StreamSchedule, number: int) -> None:
    kept = broad.segments[number].buffer_rows
    found = problem_of(broken(broad, number, buffer_rows=kept - 1))
    if kept - 1 < broad.segments[number].segment.tiling.tile_shape[0]:
        shape = broad.segments[number].segment.tiling.tile_shape
        assert found == f"net: tile{number + 1}_window: has no room for tiles of {shape} in {counted(kept - 1, 'row')}"
    else:
        assert found.startswith(f"net: tile{number + 1}: its line buffer does not hold word ")


def test_a_row_that_is_replaced_too_early_is_found() -> None:
    """One row fewer than the search chose, where the window still fits: some read must then see another row."""
    seen = 0
    for chain, pixels in CASES.values():
        found = schedule(chain.graph(), pixels, 0)
        for number, segment in enumerate(found.segments):
            if segment.buffer_rows > segment.segment.tiling.tile_shape[0]:
                worse = problem_of(broken(found, number, buffer_rows=segment.buffer_rows - 1))
                assert worse.startswith(f"net: tile{number + 1}: its line buffer does not hold word ")
                seen += 1
    assert seen > 0


@pytest.mark.parametrize("number", [0, 1])
def test_reads_a_cycle_early_are_found(broad: StreamSchedule, number: int) -> None:
    segment = broad.segments[number]
    message = problem_of(broken(broad, number, read_cycles=segment.read_cycles - 1))
    assert message.startswith(f"net: tile{number + 1}: its line buffer does not hold word 0 of row ")


def sequencer(reads: list[int], tiles: list[int], interval: int = 1) -> TileSequencer:
    return TileSequencer(np.array(reads), np.array(tiles), interval, 0)


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (sequencer([0, 1, 1], [1]), "reads two words in one tick, or none in the first"),
        (sequencer([1, 2], [2]), "reads two words in one tick, or none in the first"),
        (sequencer([0, 2], [1]), "completes a tile without a read, or two tiles less than 1 cycle apart"),
        (sequencer([0, 1, 2], [1, 2], 2), "completes a tile without a read, or two tiles less than 2 cycles apart"),
    ],
)
def test_a_sequence_that_no_segment_has_is_found(part: TileSequencer, problem: str) -> None:
    assert problem_of(part) == f"net: part: {problem}"


def test_sizes_that_no_hardware_has_are_found(broad: StreamSchedule) -> None:
    segment: SegmentSchedule = broad.segments[0]
    assert problem_of(replace(segment.buffer, words=0)) == (
        f"net: part: holds {counted(segment.buffer_rows, 'row')} of 0 x {counted(segment.buffer.word_bits, 'bit')}"
    )
    assert problem_of(replace(broad.sequencer, beats=0)) == (
        f"net: part: starts its segments at {broad.sequencer.starts} in a frame of 0 beats"
    )
    assert problem_of(replace(segment.first, cycles=-1)) == "net: part: delays by -1 cycles"
    image = f"{counted(broad.collector.rows, 'row')} of {counted(broad.collector.columns, 'pixel')}"
    assert problem_of(replace(broad.collector, word_pixels=0)) == f"net: part: collects {image} in words of 0"
