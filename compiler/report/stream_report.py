"""What the report says about a streaming network: its segments, and its layers counted over all tiles of a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.lhc_clock import cycles_to_ns
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.turn_stage import TurnStage
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.report.latency_formula import sentence
from bxnn.compiler.report.stream_parts import SegmentReport, StreamReport


@dataclass(frozen=True, eq=False)
class PlacedLayer:
    """One layer where it runs.

    Attributes:
        layer: As it runs: on the frame or on a tile.
        step: When it runs, in the first tile.
        sources: Tensors that it reads.
        result: The tensor that it writes.
        linear: Its map, or ``None``.
        macs: MACs per frame as counted for published networks, zeros and padding included.
        initiation_interval: Cycles between frames.
        tiles: How often it runs per frame.
        streams: Whether it runs on tiles.
        tiles_span_cycles: Cycles from the first tile to the last.
    """

    layer: HardwareLayer
    step: ScheduledLayer
    sources: tuple[Tensor, ...]
    result: Tensor
    linear: LinearMap | None
    macs: int
    initiation_interval: int
    tiles: int = 1
    streams: bool = False
    tiles_span_cycles: int = 0

    @property
    def idle_slots(self) -> int | None:
        """Slots per frame in which a DSP has nothing to multiply; ``None`` without DSPs."""
        binding = self.step.binding
        if not isinstance(binding, DspBinding):
            return None
        slots = binding.slots
        return slots.dsp_count * self.initiation_interval - int(np.unique(slots.slot).size) * self.tiles

    @property
    def dsp_efficiency(self) -> float | None:
        """MACs per frame with a nonzero weight, per DSP and cycle; ``None`` without DSPs."""
        dsp = self.step.binding.dsp
        if dsp == 0 or self.linear is None:
            return None
        return self.linear.macs_nonzero * self.tiles / (dsp * self.initiation_interval)


def placed_layers(graph: Graph, schedule: Schedule | StreamSchedule) -> Iterator[PlacedLayer]:
    """All layers in hardware, in order."""
    if isinstance(schedule, Schedule):
        yield from _in_turns(schedule, _placed(graph, schedule, schedule.initiation_interval, 0))
        return
    tensors = graph.tensors()
    for segment in schedule.segments:
        start, tiles = schedule.entry_cycles + int(segment.tile_cycles[0, 0]), segment.segment.tiling.tiles
        for found in _placed(segment.segment.graph, segment.schedule, schedule.initiation_interval, start):
            whole = graph.layer(found.layer.name)
            macs = whole.macs(tensors[whole.inputs[0]].shape)
            span = int(segment.tile_cycles[-1, -1] - segment.tile_cycles[0, 0])
            yield replace(found, macs=macs, tiles=tiles, streams=True, tiles_span_cycles=span)
    if schedule.plan.tail is not None and schedule.tail is not None:
        yield from _placed(schedule.plan.tail, schedule.tail, schedule.initiation_interval, schedule.collected_cycle)


def _in_turns(schedule: Schedule, placed: Iterator[PlacedLayer]) -> Iterator[PlacedLayer]:
    """The layers; those of a core run once for each member of an ensemble that takes turns on it."""
    turns = schedule.turns
    if turns is None:
        yield from placed
        return
    read = {name for step in schedule.steps if isinstance(step.binding, TurnStage) for name in _inputs(schedule, step)}
    for step in reversed(schedule.steps):
        if step.layer in read:
            read.update(_inputs(schedule, step))
    for found in placed:
        span = (turns.count - 1) * turns.spacing
        several = replace(found, macs=found.macs * turns.count, tiles=turns.count, tiles_span_cycles=span)
        yield several if found.layer.name in read else found


def _inputs(schedule: Schedule, step: ScheduledLayer) -> tuple[str, ...]:
    return schedule.graph.layer(step.layer).inputs


def _placed(graph: Graph, schedule: Schedule, initiation_interval: int, start: int) -> Iterator[PlacedLayer]:
    tensors, built = graph.tensors(), schedule.graph.tensors()
    for step in schedule.steps:
        layer, summing = graph.layer(step.layer), schedule.graph.layer(step.layer)
        assert isinstance(layer, HardwareLayer) and isinstance(summing, HardwareLayer)
        sources = graph.sources(layer, tensors)
        linear = summing.linear_map(schedule.graph.sources(summing, built))  # with the halves for rounding in its bias
        moved = replace(step, start_cycle=step.start_cycle + start)
        macs = 0 if linear is None else linear.macs
        yield PlacedLayer(layer, moved, sources, tensors[layer.name], linear, macs, initiation_interval)


def stream_report(schedule: StreamSchedule, clock_mhz: float) -> StreamReport:
    """Segments, beats and latency of a streaming network."""
    segments = []
    for number, segment in enumerate(schedule.segments, 1):
        tiling = segment.segment.tiling
        segments.append(
            SegmentReport(
                name=f"tile{number}",
                layers=segment.segment.layers,
                image=(tiling.rows, tiling.columns, tiling.channels),
                word_pixels=tiling.word_pixels,
                tiles=tiling.tiles,
                tile_shape=tiling.tile_shape,
                tile_interval=segment.tile_interval,
                first_read_cycle=schedule.entry_cycles + segment.start_cycle,
                last_read_cycle=schedule.entry_cycles + int(segment.read_cycles[-1]),
                tile_latency_cycles=segment.schedule.latency_cycles,
                dsp=segment.schedule.dsp,
                buffer_rows=segment.buffer_rows,
                buffer_bits=segment.buffer.bits,
                memory=segment.buffer.memory,
                bram=segment.buffer.bram,
            )
        )
    from_last = schedule.latency_from_last_beat_cycles
    return StreamReport(
        pixels_per_cycle=schedule.plan.pixels_per_cycle,
        beats=schedule.plan.beats,
        latency_from_last_beat_cycles=from_last,
        latency_from_last_beat_ns=cycles_to_ns(from_last, clock_mhz),
        stages=tuple(segments),
        collected_cycle=schedule.collected_cycle,
        bram=schedule.bram,
    )


def stream_formula(schedule: StreamSchedule, tail: str) -> str:
    """The latency from the first beat as a sum.

    Args:
        schedule: Schedule of the network.
        tail: The latency of the layers after the segments, as a sum that ends in ``= cycles``, or nothing.
    """
    shown = [f"{term.cycles} {sentence(term)}" for term in schedule.collected()]
    shown += [tail.rsplit(" = ", 1)[0]] if tail else []
    shown += ["1 output register"] if not tail and schedule.pipelining.output_register else []
    shown += [f"{schedule.padding.cycles} {schedule.padding.name}"] if schedule.padding is not None else []
    return " + ".join(shown) + f" = {schedule.latency_cycles}"
