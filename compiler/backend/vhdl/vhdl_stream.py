"""The VHDL of a streaming network: a frame-parallel entity per stage and one for the tail, with line buffers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_library import library_of
from bxnn.compiler.backend.vhdl.vhdl_project import VhdlProject, port_names
from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.stream_schedule import StageSchedule, StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class StageWiring:
    """One stage as instantiated by the top template.

    Attributes:
        number: From 1 on.
        schedule: The stage.
        source: Stem of the signals that carry its words.
        pixel_bits: Bits of a pixel of its image, all channels.
        tile: The tile's tensor.
        result: Tensor of the tile's result.
        reads: One bit per tick, tick 0 first: a read of the line buffer.
        completes: Likewise: a read that completes a tile.
        arriving: Ticks that wait for a beat.
    """

    number: int
    schedule: StageSchedule
    source: str
    pixel_bits: int
    tile: Tensor
    result: Tensor
    reads: Int
    completes: Int
    arriving: int

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
        self.stages = self._stages()

    def render(self) -> dict[str, str]:
        """Text of every file by name, in compile order."""
        top = self.graph.name
        files = {f"{top}_pkg.vhd": self._template("package.vhd.j2")}
        parts = [(stage.stage.graph, stage.schedule) for stage in self.schedule.stages]
        if self.schedule.plan.tail is not None and self.schedule.tail is not None:
            parts.append((self.schedule.plan.tail, self.schedule.tail))
        for graph, schedule in parts:
            found = VhdlBackend(graph, schedule, {**self.facts, "spacing_error": False}).network()
            self._check_names(graph, files.keys() & found.keys())
            files |= found
        files[f"{top}.vhd"] = self._template("stream_top.vhd.j2")
        instance = {f"{top}_instance.vho": self._template("instance.vho.j2")}
        return library_of(files.values()) | files | instance

    def _check_names(self, graph: Graph, double: set[str]) -> None:
        """Refuse names that would write a file twice.

        Raises:
            ModelError: Naming the network.
        """
        for name in sorted(double):
            raise ModelError(graph.name, f"its layers' names give {name} two meanings; rename the network")

    def _stages(self) -> tuple[StageWiring, ...]:
        found, source = [], "beat"
        for number, schedule in enumerate(self.schedule.stages, 1):
            graph, tiling = schedule.stage.graph, schedule.stage.tiling
            tensors = graph.tensors()
            tile = tensors[graph.inputs[0]]
            ticks = schedule.read_cycles - schedule.start_cycle
            reads = np.zeros(schedule.span_cycles, np.int64)
            reads[ticks] = 1
            completes = np.zeros_like(reads)
            completes[ticks[tiling.completing_reads().ravel()]] = 1
            arriving = max(self.schedule.plan.beats - schedule.start_cycle, 0)
            bits = tiling.channels * tile.bits
            result = tensors[schedule.stage.result]
            found.append(StageWiring(number, schedule, source, bits, tile, result, reads, completes, arriving))
            source = f"tile{number}"
        return tuple(found)

    def _template(self, name: str) -> str:
        plan = self.schedule.plan
        (source,) = self.graph.inputs
        height, columns, channels = plan.collected
        last = self.stages[-1].result if self.stages else self.tensors[source]
        return self.from_template(
            name,
            graph=self.graph,
            schedule=self.schedule,
            plan=plan,
            stages=self.stages,
            source=self.tensors[source],
            beat_bits=plan.pixels_per_cycle * self.tensors[source].shape[-1] * self.tensors[source].bits,
            collected={"rows": height, "columns": columns, "pixel_bits": channels * last.bits, "format": last.format},
            inputs={source: self.tensors[source]},
            outputs={name: self.output(name) for name in self.graph.outputs},
            input_ports=port_names(self.graph.inputs, "in"),
            output_ports=port_names(self.graph.outputs, "out"),
        )

    def output(self, name: str) -> Tensor:
        """The tensor of a network output as the firmware presents it."""
        plan = self.schedule.plan
        part = plan.tail or plan.stages[-1].graph
        tensor = part.tensors()[name]
        return tensor if plan.tail else Tensor.of_format(self.tensors[name].shape, tensor.format)
