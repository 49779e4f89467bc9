"""line_buffer and window_former: rows of an image, and the windows cut from them."""

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.integers import ceil_log2
from tests.vhdl.events import pack
from tests.vhdl.harness import Bits, Instance, expect_failure, play, seed_for

CYCLES = 400
FRAMES = 7
LATENCY = 3  # from a completing read to its tile
# rows, words of a row, bits of a word, whether in block RAM, most loads of a copy of the control
BUFFERS = {
    "one_word": (1, 1, 3, 0, 0),
    "one_row": (1, 5, 4, 1, 0),
    "rows": (3, 4, 7, 0, 0),
    "block": (4, 70, 5, 1, 8),
    "slices": (2, 9, 15, 0, 8),
    "rows_share": (5, 6, 3, 0, 7),
}
# most loads of a copy of the control
MAX_FANOUT = {"copies": 7, "border": 4, "steps": 30}
Pixels = NDArray[np.object_]


def window(size: tuple[int, int], stride: tuple[int, int] = (1, 1), border: tuple[int, int] = (0, 0)) -> Window:
    return Window(size, stride, (1, 1), border, border)


# image and tiles, bits per channel, rows of the line buffer
FORMERS: dict[str, tuple[Tiling, int, int]] = {
    "copies": (Tiling(4, 6, 2, 2, window((3, 3), border=(1, 1)), 4, 6), 3, 4),
    "one_tile": (Tiling(1, 1, 1, 1, window((1, 1)), 1, 1), 4, 1),
    "one_row": (Tiling(1, 6, 2, 1, window((1, 3)), 1, 4), 3, 1),
    "rows": (Tiling(4, 5, 1, 1, window((2, 2)), 3, 4), 5, 2),
    "border": (Tiling(4, 5, 1, 1, window((3, 3), border=(1, 1)), 4, 5), 3, 4),
    "lead": (Tiling(3, 7, 1, 3, window((3, 3), border=(1, 1)), 3, 7), 2, 3),
    "steps": (Tiling(6, 12, 1, 2, window((2, 3), (3, 4)), 2, 3), 4, 4),
    "one_word": (Tiling(5, 2, 2, 2, window((3, 1), (2, 1), (1, 0)), 3, 2), 2, 5),
}


def line_buffer(name: str) -> Instance:
    rows, words, bits, block, most = BUFFERS[name]
    inputs: dict[str, int | None] = {
        **dict.fromkeys(("rst", "in_valid", "in_first", "read")),
        "in_data": bits,
        "address": max(1, ceil_log2(words)),
    }
    generics = {"ROWS": rows, "WORDS": words, "WORD_BITS": bits, "BLOCK_RAM": block, "MAX_FANOUT": most}
    return Instance(f"buffer_{name}", "bxnn_line_buffer", generics, inputs, {"column": rows * bits})


def window_former(name: str) -> Instance:
    return former_of(name, *FORMERS[name], MAX_FANOUT.get(name, 0))


def former_of(name: str, t: Tiling, bits: int, buffer_rows: int, max_fanout: int) -> Instance:
    pixel, (rows, columns, _) = t.channels * bits, t.tile_shape
    generics = {
        "BUFFER_ROWS": buffer_rows,
        "WORDS": t.words,
        "WORD_PIXELS": t.word_pixels,
        "PIXEL_BITS": pixel,
        "ROWS": rows,
        "COLUMNS": columns,
        "WINDOW_WORDS": t.window_words,
        "LEAD": t.lead,
        "FIRST_WORD": t.first_read,
        "READS": t.reads,
        "ROW_STEP": t.window.stride[0],
        "ROWS_BEFORE": t.window.before[0],
        "TILE_ROWS": t.output_rows,
        "TILE_COLUMNS": t.tile_columns,
        "MAX_FANOUT": max_fanout,
        "ROW_MASK": Bits(pack(t.row_mask().ravel().tolist(), 1), t.row_mask().size),
        "COLUMN_MASK": Bits(pack(t.column_mask().ravel().tolist(), 1), t.column_mask().size),
    }
    inputs: dict[str, int | None] = {
        **dict.fromkeys(("rst", "start", "read", "complete")),
        "column": buffer_rows * t.word_pixels * pixel,
    }
    outputs = {
        "address": max(1, ceil_log2(t.words)),
        "out_valid": None,
        "out_first": None,
        "out_data": rows * columns * pixel,
    }
    return Instance(f"former_{name}", "bxnn_window_former", generics, inputs, outputs)


class Written:
    """Random words, reads and resets for one line buffer, and what it must show."""

    def __init__(self, rng: random.Random, name: str) -> None:
        rows, words, bits, *_ = BUFFERS[name]
        self.port = line_buffer(name).port
        chance = {"rst": 0.01, "in_valid": 0.9, "in_first": 0.01, "read": 0.6}
        self.driven = {port: [int(rng.random() < p) for _ in range(CYCLES)] for port, p in chance.items()}
        self.driven["in_first"][0] = self.driven["in_valid"][0] = 1
        self.driven["in_data"] = [rng.getrandbits(bits) for _ in range(CYCLES)]
        self.driven["address"] = [rng.randrange(words) for _ in range(CYCLES)]
        self.column = self._model(rows, words, bits)

    def _model(self, rows: int, words: int, bits: int) -> dict[int, int]:
        memory = [[0] * words for _ in range(rows)]
        place, column, shown = 0, 0, {0: 0}
        for c in range(CYCLES):
            shown[c + 1] = column
            d = {port: values[c] for port, values in self.driven.items()}
            if d["read"]:
                column = pack([row[d["address"]] for row in memory], bits)
            if d["in_valid"]:
                place = 0 if d["in_first"] else place
                memory[place // words][place % words] = d["in_data"]
                place = (place + 1) % (rows * words)
            place = 0 if d["rst"] else place
        return shown

    @property
    def stimulus(self) -> dict[str, list[int]]:
        return {self.port(port): values for port, values in self.driven.items()}


class Former:
    """Random frames for one window former, and what it must show."""

    def __init__(self, rng: random.Random, name: str) -> None:
        self.rng = rng
        self.tiling, self.bits, self.buffer_rows = FORMERS[name]
        self.instance = window_former(name)
        self.reads: dict[int, int] = {}  # cycle of a read to its number in the frame
        self.resets: set[int] = set()
        self.columns: dict[int, int] = {}
        self.address: dict[int, int] = {}
        self.tiles: dict[int, tuple[int, bool]] = {}  # cycle of a completing read to the tile, and whether it is first
        self.cycles = 2
        for number in range(FRAMES):
            self._frame(number)
        self.cycles += 4

    def _frame(self, number: int) -> None:
        """Frames 0 and 1 have no gaps, frames 2 and 5 are lost half-way, a reset ends frame 4."""
        t = self.tiling
        image = np.array(
            [[self.rng.getrandbits(t.channels * self.bits) for _ in range(t.columns)] for _ in range(t.rows)], object
        )
        completing = [int(k) for k in t.completing_reads().ravel()]
        total = t.output_rows * t.reads + t.flush_reads
        for k in range(self.rng.randint(1, total) if number in (2, 5) else total):
            while number > 1 and self.rng.random() < 0.3:
                self.cycles += 1
            self.reads[self.cycles] = k
            if k < t.output_rows * t.reads:
                self.address[self.cycles] = t.first_read + k % t.reads
                self.columns[self.cycles + 2] = self._column(image, k // t.reads, self.address[self.cycles])
            if k in completing:
                y, x = divmod(completing.index(k), t.tile_columns)
                self.tiles[self.cycles] = self._tile(image, y, x), k == completing[0]
            self.cycles += 1
        if number == 4:
            self.resets.add(self.cycles)
            self.cycles += 1

    def _column(self, image: Pixels, tile_row: int, word: int) -> int:
        """One word of each row of the line buffer; random if no row of the window is there."""
        t, width = self.tiling, self.tiling.channels * self.bits
        pixels = [self.rng.getrandbits(width) for _ in range(self.buffer_rows * t.word_pixels)]
        top = tile_row * t.window.stride[0] - t.window.before[0]
        for r in range(max(top, 0), min(top + t.tile_shape[0], t.rows)):
            for p in range(min(t.word_pixels, t.columns - word * t.word_pixels)):
                pixels[r % self.buffer_rows * t.word_pixels + p] = image[r, word * t.word_pixels + p]
        return pack(pixels, width)

    def _tile(self, image: Pixels, y: int, x: int) -> int:
        """The window of one tile, zero outside the image."""
        t, (rows, columns, _) = self.tiling, self.tiling.tile_shape
        top = y * t.window.stride[0] - t.window.before[0]
        left = x * t.positions * t.window.stride[1] - t.window.before[1]
        on = [(top + i, left + j) for i in range(rows) for j in range(columns)]
        inside = (image[r, c] if 0 <= r < t.rows and 0 <= c < t.columns else 0 for r, c in on)
        return pack(list(inside), t.channels * self.bits)

    @property
    def stimulus(self) -> dict[str, list[int]]:
        width, port, cycles = self.instance.inputs["column"] or 1, self.instance.port, range(self.cycles)
        return {
            port("start"): [int(self.reads.get(c) == 0) for c in cycles],
            port("read"): [int(c in self.reads) for c in cycles],
            port("complete"): [int(c in self.tiles) for c in cycles],
            port("rst"): [int(c in self.resets) for c in cycles],
            port("column"): [self.columns.get(c, self.rng.getrandbits(width)) for c in cycles],
        }

    @property
    def valid(self) -> dict[int, int]:
        """What out_valid shows in every cycle."""
        return {
            c: int(c - LATENCY in self.tiles and not self.resets & set(range(c - LATENCY, c)))
            for c in range(self.cycles)
        }

    @property
    def shown(self) -> dict[int, int]:
        """Every tile in all cycles in which it is present: until the next read has moved the window."""
        reads = [*sorted(self.reads), self.cycles - LATENCY]
        until = dict(pairwise(reads))
        return {c: tile for read, (tile, _) in self.tiles.items() for c in range(read + LATENCY, until[read] + LATENCY)}


class Played:
    """One simulation of all instances, and what they were driven with."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(seed_for("windows"))
        self.written = {name: Written(rng, name) for name in BUFFERS}
        self.formers = {name: Former(rng, name) for name in FORMERS}
        stimulus: dict[str, list[int]] = {}
        for part in self.written.values():
            stimulus |= part.stimulus
        for former in self.formers.values():
            stimulus |= former.stimulus
        instances = [*map(line_buffer, BUFFERS), *map(window_former, FORMERS)]
        self.recording = play(folder, instances, stimulus, max(map(len, stimulus.values())))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("windows"))


@pytest.mark.parametrize("name", BUFFERS)
def test_line_buffer(played: Played, name: str) -> None:
    column = played.written[name].column
    assert len(set(column.values())) > 5
    played.recording.check(line_buffer(name), "column", column)
    expect_failure(played.recording, line_buffer(name), "column", {c + 1: word for c, word in column.items()})


@pytest.mark.parametrize("name", FORMERS)
def test_window_former(played: Played, name: str) -> None:
    former, recording = played.formers[name], played.recording
    assert sum(former.valid.values()) >= 4 * former.tiling.tiles
    recording.check(former.instance, "address", former.address)
    recording.check(former.instance, "out_valid", former.valid)
    recording.check(former.instance, "out_first", {c + LATENCY: int(first) for c, (_, first) in former.tiles.items()})
    recording.check(former.instance, "out_data", former.shown)
    expect_failure(recording, former.instance, "out_data", {c: tile ^ 1 for c, tile in former.shown.items()})
    expect_failure(recording, former.instance, "out_valid", {c + 1: bit for c, bit in former.valid.items()})


def test_the_cases_are_the_corners() -> None:
    """The purpose of the cases."""
    tilings = {name: tiling for name, (tiling, _, _) in FORMERS.items()}
    assert tilings["lead"].lead == 2 and tilings["lead"].columns % tilings["lead"].word_pixels
    assert tilings["steps"].word_step == 2 and FORMERS["steps"][2] > tilings["steps"].tile_shape[0]
    assert tilings["border"].flush_reads and not tilings["border"].row_mask().all()
    assert tilings["one_word"].words == 1 and tilings["one_tile"].tiles == 1
