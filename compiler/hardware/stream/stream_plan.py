"""How a network is cut for streaming: segments that run on tiles, and a tail on the whole frame."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.ir.graph import Graph


@dataclass(frozen=True, eq=False)
class Segment:
    """Layers that are computed tile by tile after one line buffer.

    Attributes:
        source: The layer whose image is read.
        layers: Names of the layers computed in a tile, in order; the segment outputs the image of the last one.
        tiling: How the image is cut into tiles.
        graph: The layers on one tile: a frame-parallel network whose only input is the tile.
    """

    source: str
    layers: tuple[str, ...]
    tiling: Tiling
    graph: Graph

    @property
    def result(self) -> str:
        """The layer whose image the segment outputs."""
        return self.layers[-1]


@dataclass(frozen=True, eq=False)
class StreamPlan:
    """A network cut for streaming.

    Attributes:
        name: Name of the network.
        pixels_per_cycle: Pixels in one beat of the input.
        rows: Rows of the input image.
        beats_per_row: Beats in one of its rows.
        segments: In the order of the data flow.
        collected: Rows, columns and channels of the image that is collected after the last segment.
        collected_pixels: Pixels of that image that arrive together.
        tail: The layers after that, on the whole frame; ``None`` if there are none.
    """

    name: str
    pixels_per_cycle: int
    rows: int
    beats_per_row: int
    segments: tuple[Segment, ...]
    collected: tuple[int, int, int]
    collected_pixels: int
    tail: Graph | None

    @property
    def beats(self) -> int:
        """Beats in a frame."""
        return self.rows * self.beats_per_row
