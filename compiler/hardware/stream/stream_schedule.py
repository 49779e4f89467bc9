"""The schedule of a streaming network: a chain of segments that run on tiles, and the rest on the whole frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.hardware.design_front import FrontDesign
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm, total_cycles
from bxnn.compiler.hardware.latency_padding import LatencyPadding
from bxnn.compiler.hardware.network_timing import NetworkTiming
from bxnn.compiler.hardware.objective import Objective
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.resource_usage import ResourceError, ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.stream.frame_collector import FrameCollector
from bxnn.compiler.hardware.stream.frame_sequencer import FrameSequencer
from bxnn.compiler.hardware.stream.port_registers import PortRegisters, registers_input
from bxnn.compiler.hardware.stream.read_order import check_reads
from bxnn.compiler.hardware.stream.segment_schedule import SegmentSchedule
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.hardware.stream.stream_plan import StreamPlan
from bxnn.compiler.hardware.valid_wiring import ValidWiring


@dataclass(frozen=True, eq=False)
class StreamSchedule:
    """When and where everything in a streaming network runs.

    Attributes:
        plan: The network, divided into segments.
        initiation_interval: Cycles from the first beat of a frame to that of the next.
        segments: One per segment of the plan.
        tail: Schedule of the layers after that; ``None`` if there are none.
        objective: What the search optimised.
        front: The designs from which this one was chosen, itself included.
        cost: Predicted for the whole network; ``None`` if it was not priced.
        cost_error: How far off that prediction may be.
        timing: Its slowest paths; ``None`` if they are not judged.
        pipelining: Where its registers stand.
        padding: What delays the frame of a network without a tail to the latency that was asked for; ``None`` for
            nothing. That of a tail is in its own schedule.
    """

    plan: StreamPlan
    initiation_interval: int
    segments: tuple[SegmentSchedule, ...]
    tail: Schedule | None
    objective: Objective
    front: tuple[FrontDesign, ...]
    cost: ResourceUsage | None = None
    cost_error: ResourceError | None = None
    timing: NetworkTiming | None = None
    pipelining: Pipelining = EVERY_REGISTER
    padding: LatencyPadding | None = None

    def collected(self) -> tuple[LatencyTerm, ...]:
        """Cycles from the first beat of a frame without gaps to the whole frame after the last segment."""
        if not self.segments:
            beat = LatencyTerm(LatencyPart.LAST_BEAT, self.plan.beats - 1)
            return (*self.entry(), beat, *self.collector.latency())
        last = self.segments[-1]
        read = LatencyTerm(LatencyPart.LAST_READ, int(last.read_cycles[-1]), size=len(self.segments))
        return (*self.entry(), read, *last.window.latency(), *last.first.latency(), *self.collector.latency())

    def entry(self) -> tuple[LatencyTerm, ...]:
        """Cycles from the first beat to cycle 0 of the segments."""
        return (*self.ports.latency(), *self.sequencer.latency())

    @property
    def collected_cycle(self) -> int:
        """Cycle in which the whole frame after the last segment is there."""
        return total_cycles(self.collected())

    @property
    def entry_cycles(self) -> int:
        """Cycles from the first beat to cycle 0 of the segments."""
        return total_cycles(self.entry())

    @property
    def ports(self) -> PortRegisters:
        """What is registered at the ports."""
        rows, columns, channels = self.plan.collected
        whole = self.plan.pixels_per_cycle * channels * self.collected_bits
        beat_bits = self.segments[0].buffer.word_bits if self.segments else whole
        leaving = self.tail is None and self.pipelining.output_register
        output_bits = rows * columns * channels * self.collected_bits if leaving else 0
        return PortRegisters(beat_bits, registers_input(self.pipelining), output_bits, bool(self.segments))

    @property
    def sequencer(self) -> FrameSequencer:
        """Counts beats and starts the segments."""
        return FrameSequencer(self.plan.beats, tuple(segment.sequence_cycle for segment in self.segments))

    @property
    def collector(self) -> FrameCollector:
        """Collects the image after the last segment."""
        rows, columns, channels = self.plan.collected
        started = 0 if self.tail is None else ValidWiring(self.tail).early_loads
        return FrameCollector(rows, columns, self.plan.collected_pixels, channels * self.collected_bits, started)

    def parts(self) -> dict[str, StreamPart]:
        """The entities around the tiles and the tail, by the names of their instances in the top entity, and that."""
        found: dict[str, StreamPart] = {self.plan.name: self.ports, "sequencer": self.sequencer}
        for number, segment in enumerate(self.segments, 1):
            found[f"tile{number}_sequencer"] = segment.sequencer(self.plan.beats)
            found[f"tile{number}_buffer"] = replace(segment.buffer, counts_data=number > 1)
            found[f"tile{number}_window"] = segment.window
            found[f"tile{number}_first"] = segment.first
        return {**found, "collector": self.collector}

    def verify(self) -> None:
        """Check every part, and that every line buffer holds what is read.

        Raises:
            InternalError: If anything is wrong.
        """
        for name, part in self.parts().items():
            part.verify(f"{self.plan.name}: {name}")
        beats = np.arange(self.plan.beats, dtype=np.int64).reshape(self.plan.rows, self.plan.beats_per_row)
        written = caused = beats
        for number, segment in enumerate(self.segments, 1):
            check_reads(f"{self.plan.name}: tile{number}", segment, written, caused, self.initiation_interval)
            caused = segment.tile_cycles - segment.window.latency_cycles
            written = segment.tile_cycles + segment.schedule.latency_cycles

    @property
    def latency_cycles(self) -> int:
        """From the edge that samples the first beat to the edge that samples `out_valid`, in a frame without gaps."""
        after = int(self.pipelining.output_register) if self.tail is None else self.tail.latency_cycles
        return self.collected_cycle + after + (0 if self.padding is None else self.padding.cycles)

    @property
    def padding_cycles(self) -> int:
        """Cycles by which results are delayed to the latency that was asked for."""
        if self.tail is not None:
            return self.tail.padding_cycles
        return 0 if self.padding is None else self.padding.cycles

    @property
    def latency_from_last_beat_cycles(self) -> int:
        """The same from the last beat; valid whatever gaps the frame has."""
        return self.latency_cycles - (self.plan.beats - 1)

    @property
    def tag_cycles(self) -> int:
        """From the edge that samples a tag, with the last beat, to the one that samples it at the output."""
        return self.latency_from_last_beat_cycles

    @property
    def dsp(self) -> int:
        """DSPs of the whole network."""
        return sum(step.binding.dsp for step in self.steps)

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18) in the line buffers; those of tables are in the layers."""
        return sum(segment.buffer.bram for segment in self.segments)

    @property
    def steps(self) -> tuple[ScheduledLayer, ...]:
        """All layers in hardware, cycles counted from the first beat; for layers of a segment, in its first tile."""
        found: list[ScheduledLayer] = []
        for segment in self.segments:
            found += _moved(segment.schedule, self.entry_cycles + int(segment.tile_cycles[0, 0]))
        if self.tail is not None:
            found += _moved(self.tail, self.collected_cycle)
        return tuple(found)

    def step(self, layer: str) -> ScheduledLayer:
        """The step of a layer."""
        return next(step for step in self.steps if step.layer == layer)

    @property
    def collected_bits(self) -> int:
        """Bits of one channel of the image after the last segment."""
        if self.plan.tail is not None:
            (name,) = self.plan.tail.inputs
            return self.plan.tail.tensors()[name].bits
        last = self.plan.segments[-1]
        return last.graph.tensors()[last.result].bits


def _moved(schedule: Schedule, cycles: int) -> list[ScheduledLayer]:
    return [replace(step, start_cycle=step.start_cycle + cycles) for step in schedule.steps]
