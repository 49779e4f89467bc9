"""What the report says about a streaming network: its stages, and its layers counted over all tiles of a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.lhc_clock import cycles_to_ns
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.stream_schedule import COLLECT_CYCLES, WINDOW_CYCLES, StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.report.stream_parts import StageReport, StreamReport


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
        yield from _placed(graph, schedule, schedule.initiation_interval, 0)
        return
    tensors = graph.tensors()
    for stage in schedule.stages:
        start, tiles = int(stage.tile_cycles[0, 0]), stage.stage.tiling.tiles
        for found in _placed(stage.stage.graph, stage.schedule, schedule.initiation_interval, start):
            whole = graph.layer(found.layer.name)
            macs = whole.macs(tensors[whole.inputs[0]].shape)
            span = int(stage.tile_cycles[-1, -1]) - start
            yield replace(found, macs=macs, tiles=tiles, streams=True, tiles_span_cycles=span)
    if schedule.plan.tail is not None and schedule.tail is not None:
        yield from _placed(schedule.plan.tail, schedule.tail, schedule.initiation_interval, schedule.collected_cycle)


def _placed(graph: Graph, schedule: Schedule, initiation_interval: int, start: int) -> Iterator[PlacedLayer]:
    tensors = graph.tensors()
    for step in schedule.steps:
        layer = graph.layer(step.layer)
        assert isinstance(layer, HardwareLayer)
        sources = graph.sources(layer, tensors)
        linear = layer.linear_map(sources)
        moved = replace(step, start_cycle=step.start_cycle + start)
        macs = 0 if linear is None else linear.macs
        yield PlacedLayer(layer, moved, sources, tensors[layer.name], linear, macs, initiation_interval)


def stream_report(schedule: StreamSchedule, clock_mhz: float) -> StreamReport:
    """Stages, beats and latency of a streaming network."""
    stages = []
    for number, stage in enumerate(schedule.stages, 1):
        tiling = stage.stage.tiling
        stages.append(
            StageReport(
                name=f"tile{number}",
                layers=stage.stage.layers,
                image=(tiling.rows, tiling.columns, tiling.channels),
                word_pixels=tiling.word_pixels,
                tiles=tiling.tiles,
                tile_shape=tiling.tile_shape,
                tile_interval=stage.tile_interval,
                first_read_cycle=stage.start_cycle,
                last_read_cycle=int(stage.read_cycles[-1]),
                tile_latency_cycles=stage.schedule.latency_cycles,
                dsp=stage.schedule.dsp,
                buffer_rows=stage.buffer_rows,
                buffer_bits=stage.buffer_bits,
                memory=stage.memory,
                bram=stage.bram,
            )
        )
    behind = schedule.latency_from_last_beat_cycles
    return StreamReport(
        pixels_per_cycle=schedule.plan.pixels_per_cycle,
        beats=schedule.plan.beats,
        latency_from_last_beat_cycles=behind,
        latency_from_last_beat_ns=cycles_to_ns(behind, clock_mhz),
        stages=tuple(stages),
        collected_cycle=schedule.collected_cycle,
        bram=schedule.bram,
    )


def stream_formula(schedule: StreamSchedule, tail: str) -> str:
    """The latency from the first beat as a sum.

    Args:
        schedule: Schedule of the network.
        tail: The latency of the layers after the stages, as a sum that ends in ``= cycles``, or nothing.

    Raises:
        InternalError: If the sum is not the latency.
    """
    last = schedule.plan.beats - 1
    terms = [(last, "last beat")]
    if schedule.stages:
        stage = schedule.stages[-1]
        read = int(stage.read_cycles[-1])
        terms = [
            (read, f"last read of tile{len(schedule.stages)}"),
            (WINDOW_CYCLES, "window"),
            (stage.schedule.latency_cycles, "tile"),
        ]
    terms.append((COLLECT_CYCLES, "frame complete"))
    total = sum(cycles for cycles, _ in terms)
    if total != schedule.collected_cycle:
        raise InternalError(schedule.plan.name, f"is complete in cycle {schedule.collected_cycle}, not {total}")
    shown = [f"{cycles} {what}" for cycles, what in terms]
    shown += [tail.rsplit(" = ", 1)[0]] if tail else []
    return " + ".join(shown) + f" = {schedule.latency_cycles}"
