"""The HLS C++ of a streaming network: two processes per segment and one for the tail, connected by streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bxnn.compiler.backend.hls.hls_backend import LIBRARY, HlsBackend
from bxnn.compiler.hardware.folded_rounding import folded_rounding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.segment_schedule import SegmentSchedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.stream.tiling import Tiling
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.tensor import Tensor

STREAM_LIBRARY = ("stream",)


@dataclass(frozen=True, eq=False)
class SegmentCode:
    """One segment as used by the top template.

    Attributes:
        number: From 1 on.
        schedule: The segment.
        hardware: Its layers.
        sizes: Number of codes of each tensor on a tile, by name.
    """

    number: int
    schedule: SegmentSchedule
    hardware: tuple[HardwareLayer, ...]
    sizes: Mapping[str, int]

    @property
    def tile(self) -> int:
        """Codes of a tile."""
        return self.sizes[self.schedule.segment.source]

    @property
    def result(self) -> int:
        """Codes of its result."""
        return self.sizes[self.schedule.segment.result]

    @property
    def tiling(self) -> Tiling:
        """How the image is cut into tiles."""
        return self.schedule.segment.tiling

    @property
    def lateness(self) -> tuple[int, int]:
        """Rows and steps from the first step of a tile's last row to the step that completes the first tile in it."""
        return divmod(self.tiling.first_word + self.tiling.window_words - 1, self.tiling.words)

    @property
    def steps(self) -> int:
        """Steps until the last word has been read and the last tile is complete."""
        tiling = self.tiling
        bottom = int(tiling.first_rows()[-1]) + tiling.tile_shape[0] - 1 + self.lateness[0]
        last = bottom * tiling.words + self.lateness[1] + (tiling.tile_columns - 1) * tiling.word_step
        return max(last + 1, tiling.rows * tiling.words)


class StreamHlsBackend(HlsBackend):
    """Renders a streaming network.

    Args:
        graph: After the pipeline.
        schedule: Its schedule.
        facts: As for ``HlsBackend``.
    """

    def __init__(self, graph: Graph, schedule: StreamSchedule, facts: Mapping[str, Any]) -> None:
        super().__init__(graph, schedule, facts)
        self.stream = schedule
        self.parts = self._parts()
        formats = {name: tensor.format for part in self.parts for name, tensor in part.tensors.items()}
        frames = graph.tensors()
        self.tensors = {name: Tensor.of_format(frames[name].shape, form) for name, form in formats.items()}

    def render(self) -> dict[str, str]:
        files = self._shipped((*LIBRARY, *STREAM_LIBRARY)) | self._project("stream_top", "stream_test")
        for part in self.parts:
            files |= part.headers()
        return files

    def _parts(self) -> tuple[HlsBackend, ...]:
        """A frame-parallel back end for each segment's tile and for the tail, all under the network's name."""
        plan = self.stream.plan
        graphs: list[tuple[Graph, Schedule]] = [
            (self._without_halves(segment.segment.graph, True), segment.schedule) for segment in self.stream.segments
        ]
        if plan.tail is not None and self.stream.tail is not None:
            graphs.append((self._without_halves(plan.tail, False), self.stream.tail))
        return tuple(HlsBackend(replace(graph, name=plan.name), schedule, self.facts) for graph, schedule in graphs)

    def _without_halves(self, part: Graph, on_tiles: bool) -> Graph:
        """A part as the pipeline left it: in C++ quantizers round, and no bias includes the half to round with."""
        changed = {layer.name for layer in folded_rounding(self.graph).layers if layer not in self.graph.layers}
        for layer in part.layers:
            if layer.inputs and layer.name in changed:
                original: Layer = self.graph.layer(layer.name)
                if on_tiles:
                    original = original.on_tile(int(np.prod(part.shapes()[layer.name][:-1])))
                part = part.replaced(layer.name, replace(original, inputs=layer.inputs))
        return part

    def _values(self) -> Mapping[str, Any]:
        plan, (source,) = self.stream.plan, self.graph.inputs
        segments = tuple(
            SegmentCode(
                number,
                schedule,
                tuple(part.hardware),
                {name: tensor.size for name, tensor in part.tensors.items()},
            )
            for number, (schedule, part) in enumerate(zip(self.stream.segments, self.parts, strict=False), 1)
        )
        tail = self.parts[-1] if plan.tail is not None else None
        return {
            "plan": plan,
            "segments": segments,
            "source": source,
            "frame": self.tensors[source],
            "collected": segments[-1].schedule.segment.result if segments else source,
            "tail": [] if tail is None else tail.hardware,
            "tag_arguments": "".join(f", {argument}" for argument in self.tag_arguments),
        }


def hls_backend(graph: Graph, schedule: Schedule | StreamSchedule, facts: Mapping[str, Any]) -> HlsBackend:
    """The back end for the form of a schedule."""
    if isinstance(schedule, StreamSchedule):
        return StreamHlsBackend(graph, schedule, facts)
    return HlsBackend(graph, schedule, facts)
