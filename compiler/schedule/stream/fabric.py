"""What a streaming network is made of around its tiles: sequencers, line buffers, window formers and the collector.

The entities' own counts of LUTs and flip-flops are in `tests/vhdl/test_cost.py`.
"""

from __future__ import annotations

import numpy as np

from compiler.ir.cost import Cost
from compiler.ir.fabric import Fabric
from compiler.ir.stream import StageSchedule, StreamPlan, StreamSchedule
from compiler.schedule.cost_model import cost_of

_LUT_WORDS = 64  # words of which a LUT6 holds a bit
_COMPARED = 6  # bits that a LUT6 compares with a constant

# Distributed RAM of 7-series parts by depth: bits that four LUTs hold. Source: AMD UG474, RAM32M and RAM64M.
_RAM_BITS = {32: 6, 64: 3}


def stream_cost(schedule: StreamSchedule) -> Cost:
    """Predicted LUTs and flip-flops of a whole network: its tiles, its tail and what is between them."""
    parts = [stage.schedule.cost for stage in schedule.stages]
    parts += [schedule.tail.cost] if schedule.tail is not None else []
    return sum((part for part in parts if part is not None), start=cost_of(stream_fabric(schedule)))


def stream_fabric(schedule: StreamSchedule) -> Fabric:
    """All that is around the tiles and the tail."""
    plan = schedule.plan
    total = frame_sequencer(plan.beats, [stage.start_cycle for stage in schedule.stages]) + frame_collector(
        plan, _collected_bits(schedule)
    )
    for stage in schedule.stages:
        total += tile_sequencer(stage) + line_buffer(stage) + window_former(stage)
        total += Fabric.registers(stage.schedule.latency_cycles)  # the valid of a frame's first tile
    return total


def frame_sequencer(beats: int, starts: list[int]) -> Fabric:
    """A counter of beats, a comparison per stage, a flip-flop per cycle behind the last beat."""
    bits = _width(beats)
    wait = max([start - (beats - 1) for start in starts if start >= beats], default=0)
    compared = sum(start < beats for start in starts) * -(-bits // _COMPARED)
    return _counter(beats) + Fabric(multiplexers=compared, register_bits=wait)


def tile_sequencer(stage: StageSchedule) -> Fabric:
    """A counter of ticks and two ROMs of one bit a tick."""
    ticks = np.zeros((stage.span_cycles, 2), np.int64)
    reads = stage.read_cycles - stage.start_cycle
    ticks[reads, 0] = 1
    ticks[reads[stage.stage.tiling.completing_reads().ravel()], 1] = 1
    pages = -(-stage.span_cycles // _LUT_WORDS)
    return _counter(stage.span_cycles) + Fabric.rom(ticks, 1, np.arange(2)) + Fabric.multiplexer(pages, 2)


def line_buffer(stage: StageSchedule) -> Fabric:
    """Counters of the row and the word, a write enable per row, and distributed RAM with its registers."""
    words, bits, rows = stage.stage.tiling.words, stage.word_bits, stage.buffer_rows
    around = _counter(words) + _counter(rows) + Fabric(multiplexers=rows)
    if stage.memory == "block":
        return around
    depth = 32 if words <= 32 else 64
    pages = -(-words // depth)
    memory = Fabric(shift_luts=pages * 4 * -(-bits // _RAM_BITS[depth]), register_bits=bits)
    row = memory + Fabric.multiplexer(pages, bits)
    return sum([row] * rows, start=around)


def window_former(stage: StageSchedule) -> Fabric:
    """The window in registers, a multiplexer of the buffer's rows for each of its rows, masks and counters."""
    tiling = stage.stage.tiling
    rows, columns, channels = tiling.tile_shape
    pixel = channels * stage.pixel_bits
    used = tiling.window_words * tiling.word_pixels - tiling.lead
    row_mask, column_mask = tiling.row_mask(), tiling.column_mask()
    masked = int((column_mask == 0).any(axis=0).sum())
    fabric = Fabric.registers(rows * used * pixel + 3)
    fabric += Fabric.multiplexer(stage.buffer_rows, rows * stage.word_bits)
    if (row_mask == 0).any():
        fabric += Fabric.rom(row_mask, 1, np.arange(rows)) + Fabric(
            multiplexers=rows * stage.word_bits // 2, register_bits=rows
        )
    if masked:
        fabric += Fabric.rom(column_mask, 1, np.arange(columns))
        fabric += Fabric(multiplexers=rows * masked * pixel, register_bits=masked)
    for count in (tiling.reads, tiling.output_rows, tiling.tile_columns, stage.buffer_rows):
        fabric += _counter(count)
    return fabric + Fabric.registers(_width(stage.buffer_rows) + _width(tiling.tile_columns))


def frame_collector(plan: StreamPlan, image_bits: int) -> Fabric:
    """A flip-flop per bit of the image, a counter of words and a decoder."""
    rows, columns, _ = plan.collected
    words = rows * -(-columns // plan.collected_pixels)
    decoder = words * -(-(_width(words) + 1) // _COMPARED)
    return _counter(words) + Fabric(multiplexers=decoder if words > 1 else 0, register_bits=image_bits + 1)


def _collected_bits(schedule: StreamSchedule) -> int:
    """Bits of the image behind the last stage."""
    plan = schedule.plan
    rows, columns, channels = plan.collected
    if plan.tail is not None:
        (name,) = plan.tail.inputs
        return rows * columns * channels * plan.tail.tensors()[name].bits
    last = plan.stages[-1]
    return rows * columns * channels * last.graph.tensors()[last.result].bits


def _counter(count: int) -> Fabric:
    """A counter of 0 .. count - 1 that begins anew with a frame: a LUT or so a bit."""
    bits = _width(count)
    return Fabric(counters=int(count > 1), multiplexers=bits, register_bits=bits)


def _width(count: int) -> int:
    """Bits of a counter; none for a single value."""
    return (count - 1).bit_length()
