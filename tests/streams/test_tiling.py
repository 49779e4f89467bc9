"""Tiles are the windows of the image, whatever the word width; checked on a model of the line buffer and the window."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import Int


@st.composite
def tilings(draw: st.DrawFn) -> Tiling:
    """Any image, window, stride and border such that every position has a tap inside the image."""
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    size = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    before = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
    after = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
    window = Window(size, stride, (1, 1), before, after)
    positions = window.positions((rows, columns))
    assume(min(positions) >= 1 and bool((window.taps((rows, columns)) >= 0).any(axis=1).all()))
    tiling = Tiling(rows, columns, 1, draw(st.integers(1, columns)), window, *positions)
    assume(tiling.follows_words)
    return tiling


def padded_tile(tiling: Tiling, image: Int, row: int, tile: int) -> Int:
    """The tile by definition: a section of the image, zero outside it."""
    rows, columns, _ = tiling.tile_shape
    far = 3 * (rows + columns + tiling.columns + tiling.rows)
    padded = np.pad(image, far)
    top = row * tiling.window.stride[0] - tiling.window.before[0] + far
    left = tile * tiling.positions * tiling.window.stride[1] - tiling.window.before[1] + far
    return padded[top : top + rows, left : left + columns]


def read_tiles(tiling: Tiling, image: Int) -> list[Int]:
    """The tiles as formed by the hardware: columns of words move into a window, masks hide what is off the image."""
    height, width, _ = tiling.tile_shape
    words = np.full((tiling.rows, tiling.words * tiling.word_pixels), 99, np.int64)  # past the end of a row: anything
    words[:, : tiling.columns] = image
    window = np.full((height, tiling.window_words * tiling.word_pixels), 77, np.int64)  # before the frame: anything
    completing = set(tiling.completing_reads().ravel().tolist())
    tiles: list[Int] = []
    for read in range(tiling.output_rows * tiling.reads + tiling.flush_reads):
        row, word = divmod(read, tiling.reads)
        row = row % tiling.output_rows  # the flush reads anything
        rows = tiling.first_rows()[row] + np.arange(height)
        start = (tiling.first_read + word) * tiling.word_pixels
        column = words[np.clip(rows, 0, tiling.rows - 1), start : start + tiling.word_pixels]
        column = np.where(tiling.row_mask()[row][:, np.newaxis] == 1, column, 0)
        window = np.concatenate([window[:, tiling.word_pixels :], column], axis=1)
        if read in completing:
            mask = tiling.column_mask()[len(tiles) % tiling.tile_columns]
            tiles.append(np.where(mask == 1, window[:, tiling.lead : tiling.lead + width], 0))
    return tiles


@settings(derandomize=True, max_examples=300, deadline=None)
@given(tilings())
def test_tiles_are_cuts_of_the_image(tiling: Tiling) -> None:
    image = np.arange(1, tiling.rows * tiling.columns + 1).reshape(tiling.rows, tiling.columns)
    found = read_tiles(tiling, image)
    assert len(found) == tiling.tiles
    for number, tile in enumerate(found):
        expected = padded_tile(tiling, image, *divmod(number, tiling.tile_columns))
        # What a tile has beyond the last output of a row is not used.
        outputs = min(tiling.positions, tiling.output_columns - number % tiling.tile_columns * tiling.positions)
        used = (outputs - 1) * tiling.window.stride[1] + tiling.window.size[1]
        assert np.array_equal(tile[:, :used], expected[:, :used]), (tiling, number)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(tilings())
def test_every_tile_begins_at_the_same_place_of_a_word(tiling: Tiling) -> None:
    starts = np.arange(tiling.tile_columns) * tiling.positions * tiling.window.stride[1] - tiling.window.before[1]
    assert set((starts % tiling.word_pixels).tolist()) == {tiling.lead}
    assert tiling.positions * tiling.window.stride[1] == tiling.word_step * tiling.word_pixels
    completing = tiling.completing_reads().ravel()
    assert bool((np.diff(completing) > 0).all())
