"""The streaming form: a network as a chain of stages that process tiles, and the rest on the whole frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.hardware.design_front import FrontDesign
from bxnn.compiler.hardware.line_memory import Memory, row_block_rams, row_memory
from bxnn.compiler.hardware.resource_usage import ResourceError, ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.tiling import Tiling
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Int

WINDOW_CYCLES = 2  # from a read of the line buffer to the tile that it completes: memory, window register
COLLECT_CYCLES = 1  # from the last tile to the whole frame


@dataclass(frozen=True, eq=False)
class Stage:
    """Layers that are computed tile by tile after one line buffer.

    Attributes:
        source: The layer whose image is read.
        layers: Names of the layers computed in a tile, in order; the stage outputs the image of the last one.
        tiling: How the image is cut into tiles.
        graph: The layers on one tile: a frame-parallel network whose only input is the tile.
    """

    source: str
    layers: tuple[str, ...]
    tiling: Tiling
    graph: Graph

    @property
    def result(self) -> str:
        """The layer whose image the stage outputs."""
        return self.layers[-1]


@dataclass(frozen=True, eq=False)
class StreamPlan:
    """A network cut for streaming.

    Attributes:
        name: Name of the network.
        pixels_per_cycle: Pixels in one beat of the input.
        rows: Rows of the input image.
        beats_per_row: Beats in one of its rows.
        stages: In the order of the data flow.
        collected: Rows, columns and channels of the image that is collected after the last stage.
        collected_pixels: Pixels of that image that arrive together.
        tail: The layers after that, on the whole frame; ``None`` if there are none.
    """

    name: str
    pixels_per_cycle: int
    rows: int
    beats_per_row: int
    stages: tuple[Stage, ...]
    collected: tuple[int, int, int]
    collected_pixels: int
    tail: Graph | None

    @property
    def beats(self) -> int:
        """Beats in a frame."""
        return self.rows * self.beats_per_row


@dataclass(frozen=True, eq=False)
class StageSchedule:
    """When a stage reads its line buffer and how its tiles are computed.

    Cycles are those of a frame whose beats arrive one per cycle, the first in cycle 0. In a frame with gaps, a read in
    cycle ``r`` below the number of beats happens with beat ``r``; a later one keeps its distance from the last beat.

    Attributes:
        stage: The stage.
        tile_interval: Minimum number of cycles between tiles: the initiation interval of the tiles.
        read_cycles: Cycle of each read; int64, ascending.
        buffer_rows: Rows that the line buffer holds.
        schedule: Schedule of a tile.
    """

    stage: Stage
    tile_interval: int
    read_cycles: Int
    buffer_rows: int
    schedule: Schedule

    @property
    def start_cycle(self) -> int:
        """Cycle of the first read."""
        return int(self.read_cycles[0])

    @property
    def span_cycles(self) -> int:
        """Cycles from the first to the last read, both included."""
        return int(self.read_cycles[-1]) - self.start_cycle + 1

    @property
    def tile_cycles(self) -> Int:
        """Cycle in which each tile enters the layers; int64, shape (rows of tiles, tiles of a row)."""
        return np.asarray(self.read_cycles[self.stage.tiling.completing_reads()] + WINDOW_CYCLES)

    @property
    def buffer_bits(self) -> int:
        """Bits of the line buffer."""
        return self.buffer_rows * self.stage.tiling.words * self.word_bits

    @property
    def word_bits(self) -> int:
        """Bits in a word of the image that is read."""
        tiling = self.stage.tiling
        return tiling.word_pixels * tiling.channels * self.pixel_bits

    @property
    def memory(self) -> Memory:
        """What stores the rows of the line buffer."""
        return row_memory(self.stage.tiling.words, self.word_bits)

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18) in the line buffer."""
        if self.memory == "distributed":
            return 0
        return self.buffer_rows * row_block_rams(self.stage.tiling.words, self.word_bits)

    @property
    def pixel_bits(self) -> int:
        """Bits per channel of the image that is read."""
        (name,) = self.stage.graph.inputs
        return self.stage.graph.tensors()[name].bits


@dataclass(frozen=True, eq=False)
class StreamSchedule:
    """When and where everything in a streaming network runs.

    Attributes:
        plan: The network, divided into stages.
        initiation_interval: Cycles from the first beat of a frame to that of the next.
        stages: One per stage of the plan.
        collected_cycle: Cycle in which the whole frame after the last stage is available.
        tail: Schedule of the layers after that; ``None`` if there are none.
        objective: What was minimised, and whether the result is proven optimal.
        front: The designs from which this one was chosen, itself included.
        cost: Predicted for the whole network; ``None`` if it was not priced.
        cost_error: How far off that prediction may be.
    """

    plan: StreamPlan
    initiation_interval: int
    stages: tuple[StageSchedule, ...]
    collected_cycle: int
    tail: Schedule | None
    objective: str
    front: tuple[FrontDesign, ...]
    cost: ResourceUsage | None = None
    cost_error: ResourceError | None = None

    @property
    def latency_cycles(self) -> int:
        """From the edge that samples the first beat to the edge that samples `out_valid`, in a frame without gaps."""
        return self.collected_cycle + (0 if self.tail is None else self.tail.latency_cycles)

    @property
    def latency_from_last_beat_cycles(self) -> int:
        """The same from the last beat; valid whatever gaps the frame has."""
        return self.latency_cycles - (self.plan.beats - 1)

    @property
    def dsp(self) -> int:
        """DSPs of the whole network."""
        return sum(step.binding.dsp for step in self.steps)

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18) in the line buffers; nothing else uses any."""
        return sum(stage.bram for stage in self.stages)

    @property
    def steps(self) -> tuple[ScheduledLayer, ...]:
        """All layers in hardware, cycles counted from the first beat; for layers of a stage, in its first tile."""
        found: list[ScheduledLayer] = []
        for stage in self.stages:
            found += _moved(stage.schedule, int(stage.tile_cycles[0, 0]))
        if self.tail is not None:
            found += _moved(self.tail, self.collected_cycle)
        return tuple(found)

    def step(self, layer: str) -> ScheduledLayer:
        """The step of a layer."""
        return next(step for step in self.steps if step.layer == layer)


def _moved(schedule: Schedule, cycles: int) -> list[ScheduledLayer]:
    return [replace(step, start_cycle=step.start_cycle + cycles) for step in schedule.steps]
