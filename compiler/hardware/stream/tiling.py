"""The geometry of one segment of a streaming network: an image in words, cut into overlapping tiles."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True)
class Tiling:
    """How tiles are cut from an image that arrives word by word; all sizes in pixels, rows and columns.

    A word is ``word_pixels`` neighbouring pixels of a row; the first word of a row begins at column 0. A tile is the
    window of ``positions`` neighbouring outputs of a row; tiles follow each other in the order of the outputs.

    Attributes:
        rows: Rows of the image; 1 for a sequence.
        columns: Columns of the image.
        channels: Channels of a pixel.
        word_pixels: Pixels in a word.
        window: What one output reads; two axes, no dilation.
        output_rows: Rows of the output.
        output_columns: Columns of the output.
    """

    rows: int
    columns: int
    channels: int
    word_pixels: int
    window: Window
    output_rows: int
    output_columns: int

    @property
    def words(self) -> int:
        """Words of one row of the image."""
        return ceil_div(self.columns, self.word_pixels)

    @property
    def positions(self) -> int:
        """Outputs per tile: the fewest that make every tile begin at the same position within a word."""
        return self.word_pixels // gcd(self.word_pixels, self.window.stride[1])

    @property
    def tile_columns(self) -> int:
        """Tiles in one row of the output."""
        return ceil_div(self.output_columns, self.positions)

    @property
    def tiles(self) -> int:
        """Tiles in the image."""
        return self.output_rows * self.tile_columns

    @property
    def tile_shape(self) -> tuple[int, int, int]:
        """Rows, columns and channels that a tile reads."""
        reach = (self.positions - 1) * self.window.stride[1] + self.window.size[1]
        return self.window.size[0], reach, self.channels

    @property
    def word_step(self) -> int:
        """Words from one tile to the next."""
        return self.positions * self.window.stride[1] // self.word_pixels

    @property
    def first_word(self) -> int:
        """The word in which the first tile of a row begins; negative if it begins before the image."""
        return -self.window.before[1] // self.word_pixels

    @property
    def lead(self) -> int:
        """Pixels of a tile's first word that the tile does not need."""
        return -self.window.before[1] - self.first_word * self.word_pixels

    @property
    def window_words(self) -> int:
        """Words that a tile spans."""
        return ceil_div(self.lead + self.tile_shape[1], self.word_pixels)

    @property
    def first_read(self) -> int:
        """First word of a row that is read."""
        return max(self.first_word, 0)

    @property
    def reads(self) -> int:
        """Words read for one row of tiles, one per cycle; each is a column of ``window.size[0]`` rows."""
        last = self.first_word + (self.tile_columns - 1) * self.word_step + self.window_words - 1
        return min(last, self.words - 1) - self.first_read + 1

    @property
    def flush_reads(self) -> int:
        """Reads after the last row that only move the window past the right edge of the image."""
        return max(int(self.completing_reads()[-1, -1]) + 1 - self.output_rows * self.reads, 0)

    @property
    def follows_words(self) -> bool:
        """Whether no two tiles are completed by one read, as happens if a border makes a row longer than the image."""
        return (self.tile_columns - 1) * self.word_step < self.reads

    def completing_reads(self) -> Int:
        """Number of the read that completes each tile; int64, shape (output_rows, tile_columns), ascending.

        The window of a tile that extends past the right edge is complete when words of the next row have moved it into
        place; the tile does not see those words.
        """
        row = np.arange(self.output_rows, dtype=np.int64)[:, np.newaxis] * self.reads
        column = np.arange(self.tile_columns, dtype=np.int64) * self.word_step
        return np.asarray(row + column + (self.first_word + self.window_words - 1 - self.first_read))

    def last_rows(self) -> Int:
        """The last row of the image that each row of tiles reads; int64, shape (output_rows,)."""
        return np.clip(self.first_rows() + self.window.size[0] - 1, 0, self.rows - 1)

    def first_rows(self) -> Int:
        """The row in which each row of tiles begins, negative if before the image; int64, shape (output_rows,)."""
        return np.arange(self.output_rows, dtype=np.int64) * self.window.stride[0] - self.window.before[0]

    def row_mask(self) -> Int:
        """Which rows of a tile are inside the image; 0 or 1, shape (output_rows, rows of a tile)."""
        rows = self.first_rows()[:, np.newaxis] + np.arange(self.tile_shape[0])
        return ((rows >= 0) & (rows < self.rows)).astype(np.int64)

    def column_mask(self) -> Int:
        """Which columns of a tile are inside the image; 0 or 1, shape (tile_columns, columns of a tile)."""
        first = np.arange(self.tile_columns) * self.positions * self.window.stride[1] - self.window.before[1]
        columns = first[:, np.newaxis] + np.arange(self.tile_shape[1])
        return ((columns >= 0) & (columns < self.columns)).astype(np.int64)
