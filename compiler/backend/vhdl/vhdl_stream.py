"""The VHDL of a streaming network: a frame-parallel entity per segment and one for the tail, with line buffers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_library import library_of
from bxnn.compiler.backend.vhdl.vhdl_project import VhdlProject, port_names
from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.reset_port import DEFAULT_RESET
from bxnn.compiler.hardware.stream.segment_schedule import SegmentSchedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.stream.tile_sequencer import TileSequencer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Tensor

_INSIDE = {
    "spacing_error": False,
    "tag_bits": 0,
    "reset": DEFAULT_RESET,
    "loading": None,
}  # ports that only the top entity has


@dataclass(frozen=True, eq=False)
class SegmentWiring:
    """One segment as instantiated by the top template.

    Attributes:
        number: From 1 on.
        schedule: The segment.
        source: Stem of the signals that carry its words.
        sequencer: Determines when to read.
        tile: The tile's tensor.
        result: Tensor of the tile's result.
    """

    number: int
    schedule: SegmentSchedule
    source: str
    sequencer: TileSequencer
    tile: Tensor
    result: Tensor

    @property
    def name(self) -> str:
        """Stem of its signals and labels."""
        return f"tile{self.number}"


class StreamVhdlBackend(VhdlProject):
    """Renders a streaming network.

    Args:
        graph: After the pipeline.
        schedule: Its schedule.
        facts: Values for headers: board, clock, bxnn version.
    """

    def __init__(self, graph: Graph, schedule: StreamSchedule, facts: Mapping[str, Any]) -> None:
        super().__init__(graph, facts)
        self.schedule = schedule
        self.segments = self._segments()

    def render(self) -> dict[str, str]:
        """Text of every file by name, in compile order."""
        top = self.graph.name
        files = {f"{top}_pkg.vhd": self._template("package.vhd.j2")}
        parts = [(segment.segment.graph, segment.schedule) for segment in self.schedule.segments]
        if self.schedule.plan.tail is not None and self.schedule.tail is not None:
            parts.append((self.schedule.plan.tail, self.schedule.tail))
        for graph, schedule in parts:
            found = VhdlBackend(graph, schedule, {**self.facts, **_INSIDE}).network()
            self._check_names(graph, files.keys() & found.keys())
            files |= found
        files[f"{top}.vhd"] = self._template("stream_top.vhd.j2")
        instance = {f"{top}_instance.vho": self._template("instance.vho.j2")}
        return library_of(files.values(), self.facts["dsp_primitive"]) | files | instance

    def _check_names(self, graph: Graph, double: set[str]) -> None:
        """Refuse names that would write a file twice.

        Raises:
            ModelError: Naming the network.
        """
        for name in sorted(double):
            raise ModelError(graph.name, f"its layers' names give {name} two meanings; rename the network")

    def _segments(self) -> tuple[SegmentWiring, ...]:
        found, source = [], "beat"
        for number, schedule in enumerate(self.schedule.segments, 1):
            tensors = schedule.segment.graph.tensors()
            tile, result = tensors[schedule.segment.graph.inputs[0]], tensors[schedule.segment.result]
            sequencer = schedule.sequencer(self.schedule.plan.beats)
            found.append(SegmentWiring(number, schedule, source, sequencer, tile, result))
            source = found[-1].name
        return tuple(found)

    def _template(self, name: str) -> str:
        plan = self.schedule.plan
        (source,) = self.graph.inputs
        last = self.segments[-1].result if self.segments else self.tensors[source]
        return self.from_template(
            name,
            graph=self.graph,
            schedule=self.schedule,
            plan=plan,
            segments=self.segments,
            source=self.tensors[source],
            beat_bits=plan.pixels_per_cycle * self.tensors[source].shape[-1] * self.tensors[source].bits,
            ports=self.schedule.ports.constants(),
            sequencer=self.schedule.sequencer.constants(),
            collector=self.schedule.collector.constants(),
            collector_ends=self.schedule.collector.started > 0,
            collected_format=last.format,
            inputs={source: self.tensors[source]},
            outputs={name: self.output(name) for name in self.graph.outputs},
            input_ports=port_names(self.graph.inputs, "in"),
            output_ports=port_names(self.graph.outputs, "out"),
        )

    def output(self, name: str) -> Tensor:
        """The tensor of a network output as the firmware presents it."""
        plan = self.schedule.plan
        part = plan.tail or plan.segments[-1].graph
        tensor = part.tensors()[name]
        return tensor if plan.tail else Tensor.of_format(self.tensors[name].shape, tensor.format)
