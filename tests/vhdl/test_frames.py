"""frame_sequencer, tile_sequencer and frame_collector: beats and frames, with gaps, resets and lost frames."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from bxnn.compiler.numeric.integers import ceil_div
from tests.vhdl.events import pack
from tests.vhdl.frames import Accepted, FrameStream, accept, frame_stream
from tests.vhdl.harness import Bits, Instance, Integers, Recording, expect_failure, play, seed_for

# beats in a frame, start cycles of the stages
SEQUENCERS: dict[str, tuple[int, tuple[int, ...]]] = {
    "one_beat": (1, (0, 3)),
    "two": (2, (0, 1, 2)),
    "five": (5, (0, 4, 5, 9)),
    "eight": (8, (7, 2)),
}


@dataclass(frozen=True)
class Tiles:
    """One tile_sequencer after a frame of ``beats``, started in cycle ``start``."""

    beats: int
    start: int
    reads: tuple[int, ...]
    completes: tuple[int, ...]

    @property
    def arriving(self) -> int:
        return max(self.beats - self.start, 0)

    @property
    def interval(self) -> int:
        return max(self.beats, len(self.reads))


TILES = {
    "one_tick": Tiles(1, 0, (1,), (1,)),
    "all_with_beats": Tiles(6, 2, (1, 1, 1), (0, 1, 1)),
    "some_behind": Tiles(5, 3, (1, 0, 1, 1, 1), (0, 0, 1, 0, 1)),
    "all_behind": Tiles(3, 4, (1, 1, 1, 0, 1, 1, 1, 1), (0, 1, 0, 0, 0, 1, 0, 1)),
    "from_the_first": Tiles(4, 0, (1, 1, 0, 1), (0, 1, 0, 1)),
    "pages": Tiles(
        40, 3, (1, *(int(t % 7 > t % 3) for t in range(150)), 1), (*(int(t % 7 > 4 + t % 3) for t in range(151)), 1)
    ),
}
# rows, columns, pixels per word, bits per pixel
COLLECTORS = {"one_word": (1, 2, 2, 3), "one_row": (1, 5, 2, 4), "rows": (3, 4, 1, 5), "unequal": (2, 5, 3, 2)}


def frame_sequencer(name: str) -> Instance:
    beats, starts = SEQUENCERS[name]
    outputs = {**dict.fromkeys(("accepted", "begins", "restart", "last")), "start": len(starts)}
    generics = {"BEATS": beats, "STARTS": Integers(starts)}
    return Instance(f"seq_{name}", "bxnn_frame_sequencer", generics, dict.fromkeys(("rst", "valid", "first")), outputs)


def tile_sequencer(name: str) -> Instance:
    tiles = TILES[name]
    ticks = len(tiles.reads)
    generics = {
        "TICKS": ticks,
        "ARRIVING": tiles.arriving,
        "READS": Bits(pack(tiles.reads, 1), ticks),
        "COMPLETES": Bits(pack(tiles.completes, 1), ticks),
    }
    inputs, outputs = dict.fromkeys(("rst", "start", "beat", "restart")), dict.fromkeys(("first", "read", "complete"))
    return Instance(f"tiles_{name}", "bxnn_tile_sequencer", generics, inputs, outputs)


def frame_collector(name: str) -> Instance:
    return collector_of(name, *COLLECTORS[name])


def collector_of(name: str, rows: int, columns: int, pixels: int, bits: int) -> Instance:
    generics = {"ROWS": rows, "COLUMNS": columns, "WORD_PIXELS": pixels, "PIXEL_BITS": bits}
    inputs = {"rst": None, "in_valid": None, "in_first": None, "in_data": pixels * bits}
    outputs = {"y_valid": None, "y": rows * columns * bits}
    return Instance(f"frame_{name}", "bxnn_frame_collector", generics, inputs, outputs)


def words_of(name: str) -> int:
    rows, columns, pixels, _ = COLLECTORS[name]
    return rows * ceil_div(columns, pixels)


class Played:
    """One simulation of all instances, and what they were driven with."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(seed_for("frames"))
        self.frames = {
            name: frame_stream(rng, beats, max(beats, *starts), stray=True)
            for name, (beats, starts) in SEQUENCERS.items()
        }
        self.tiles = {name: frame_stream(rng, tiles.beats, tiles.interval) for name, tiles in TILES.items()}
        self.words = {name: frame_stream(rng, words_of(name), words_of(name)) for name in COLLECTORS}
        self.data = {name: self._data(rng, name) for name in COLLECTORS}
        driven = self._stimulus()
        cycles = max(map(len, driven.values()))
        self.recording: Recording = play(folder, self.instances(), driven, cycles)

    def _data(self, rng: random.Random, name: str) -> list[int]:
        _, _, pixels, bits = COLLECTORS[name]
        return [rng.getrandbits(pixels * bits) for _ in range(self.words[name].cycles)]

    @staticmethod
    def instances() -> list[Instance]:
        return [*map(frame_sequencer, SEQUENCERS), *map(tile_sequencer, TILES), *map(frame_collector, COLLECTORS)]

    def accepted(self, name: str) -> Accepted:
        return accept(self.tiles[name], TILES[name].beats, (TILES[name].start,))

    def _stimulus(self) -> dict[str, list[int]]:
        driven: dict[str, list[int]] = {}
        for name, stream in self.frames.items():
            port = frame_sequencer(name).port
            driven |= {port("valid"): stream.valid, port("first"): stream.first, port("rst"): stream.rst}
        for name, stream in self.tiles.items():
            port, seen = tile_sequencer(name).port, self.accepted(name)
            driven |= {port("start"): seen.start[0], port("beat"): seen.accepted, port("restart"): seen.restart}
            driven[port("rst")] = stream.rst
        for name, stream in self.words.items():
            port = frame_collector(name).port
            driven |= {port("in_valid"): stream.valid, port("in_data"): self.data[name], port("rst"): stream.rst}
            driven[port("in_first")] = [v & f for v, f in zip(stream.valid, stream.first, strict=True)]
        return driven


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("frames"))


@pytest.mark.parametrize("name", SEQUENCERS)
def test_frame_sequencer(played: Played, name: str) -> None:
    beats, starts = SEQUENCERS[name]
    stream, instance = played.frames[name], frame_sequencer(name)
    seen = accept(stream, beats, starts)
    begins = [int(a and f) for a, f in zip(seen.accepted, stream.first, strict=True)]
    expected = {"accepted": seen.accepted, "begins": begins, "restart": seen.restart, "last": seen.last}
    expected["start"] = [pack(bits, 1) for bits in zip(*seen.start, strict=True)]
    shown = {port: registered(values, stream.rst) for port, values in expected.items()}
    for port, values in shown.items():
        played.recording.check(instance, port, values)
    assert sum(seen.last) >= 8 and (beats == 1 or sum(seen.restart) >= 1)
    assert sum(stream.valid) > sum(seen.accepted), "beats that belong to no frame are ignored"
    assert all(sum(stage) >= 6 for stage in seen.start)
    expect_failure(played.recording, instance, "start", {c + 1: word for c, word in enumerate(shown["start"])})


def registered(values: list[int], rst: list[int]) -> list[int]:
    """What a register after a port shows, one that a reset clears."""
    return [0, *(0 if reset else value for value, reset in zip(values, rst, strict=True))][: len(values)]


def tile_model(stream: FrameStream, seen: Accepted, tiles: Tiles) -> tuple[list[int], list[int]]:
    """Reads and completing reads; tick t of a sequence is None when idle."""
    read, complete = [0] * stream.cycles, [0] * stream.cycles
    tick: int | None = None
    for c in range(stream.cycles):
        if seen.start[0][c]:
            tick = 0
        waits = tick is not None and tick < tiles.arriving
        if waits and seen.restart[c] and not seen.start[0][c]:
            tick = None
        elif tick is not None and (not waits or seen.accepted[c]):
            read[c], complete[c] = tiles.reads[tick], tiles.completes[tick]
            tick = tick + 1 if tick + 1 < len(tiles.reads) else None
        if stream.rst[c]:
            tick = None
    return read, complete


@pytest.mark.parametrize("name", TILES)
def test_tile_sequencer(played: Played, name: str) -> None:
    stream, seen, instance = played.tiles[name], played.accepted(name), tile_sequencer(name)
    read, complete = tile_model(stream, seen, TILES[name])
    expected = {"first": seen.start[0], "read": read, "complete": complete}
    shown = {port: registered(values, stream.rst) for port, values in expected.items()}
    for port, values in shown.items():
        played.recording.check(instance, port, values)
    whole = sum(TILES[name].completes)
    assert sum(complete) >= 6 * whole, "most frames are whole"
    expect_failure(played.recording, instance, "complete", {c + 1: bit for c, bit in enumerate(shown["complete"])})


def collected(name: str, stream: FrameStream, data: list[int]) -> tuple[list[int], dict[int, int]]:
    """When frames are complete, and the image in all cycles in which it is present."""
    rows, columns, pixels, bits = COLLECTORS[name]
    words = ceil_div(columns, pixels)
    valid: list[int] = [0] * stream.cycles
    image: dict[int, int] = {}
    begins = [frame[0] for frame in stream.frames]
    for number, frame in enumerate(stream.frames):
        if len(frame) < rows * words:
            continue
        done = frame[-1] + 1
        valid[done] = 1 - stream.rst[frame[-1]]
        codes = [
            data[frame[r * words + x // pixels]] >> (x % pixels * bits) for r in range(rows) for x in range(columns)
        ]
        end = begins[number + 1] if number + 1 < len(begins) else stream.cycles - 1
        image |= dict.fromkeys(range(done, end + 1), pack(codes, bits))
    return valid, image


@pytest.mark.parametrize("name", COLLECTORS)
def test_frame_collector(played: Played, name: str) -> None:
    instance = frame_collector(name)
    valid, image = collected(name, played.words[name], played.data[name])
    played.recording.check(instance, "y_valid", valid)
    played.recording.check(instance, "y", image)
    assert sum(valid) >= 8
    expect_failure(played.recording, instance, "y", {cycle: word ^ 1 for cycle, word in image.items()})
    expect_failure(played.recording, instance, "y_valid", {c + 1: bit for c, bit in enumerate(valid)})
