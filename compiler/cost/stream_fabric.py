"""What surrounds the tiles of a streaming network: sequencers, line buffers, window formers and the collector.

LUTs are counted individually: two for a bit of a counter (one counts, one restarts with a frame), one for a bit of a
multiplexer, a mask or a comparison. The entities' own counts are in `tests/vhdl/test_cost.py`.
"""

from __future__ import annotations

import numpy as np

from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import Hold
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.stream_schedule import StageSchedule, StreamPlan, StreamSchedule
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

_LUT_WORDS = 64  # words of which one LUT6 stores one bit
_GATED_BITS = 3  # address bits that a LUT6 can look up and gate
_WINDOW_FLAGS = 6  # flip-flops of a window former that follow a read

# Distributed RAM of 7-series devices by depth: bits that four LUTs hold. Source: AMD UG474, RAM32M and RAM64M.
_RAM_BITS = {32: 6, 64: 3}


def stream_cost(schedule: StreamSchedule) -> ResourceUsage:
    """Predicted LUTs and flip-flops of a whole network: its tiles, its tail and what connects them."""
    parts = [stage.schedule.cost for stage in schedule.stages]
    parts += [schedule.tail.cost] if schedule.tail is not None else []
    return sum((part for part in parts if part is not None), start=cost_of(stream_fabric(schedule)))


def stream_fabric(schedule: StreamSchedule) -> Fabric:
    """Everything around the tiles and the tail."""
    return sum(stream_parts(schedule).values(), start=Fabric())


def stream_parts(schedule: StreamSchedule, apart: bool = False) -> dict[str, Fabric]:
    """The same by instance in the top entity.

    Args:
        schedule: The network.
        apart: Whether each is synthesized alone, so that no register after it absorbs any of its logic.
    """
    plan = schedule.plan
    parts = {"sequencer": frame_sequencer(plan.beats, [stage.start_cycle for stage in schedule.stages])}
    for number, stage in enumerate(schedule.stages, 1):
        parts[f"tile{number}_sequencer"] = tile_sequencer(stage)
        parts[f"tile{number}_buffer"] = line_buffer(stage)
        parts[f"tile{number}_window"] = window_former(stage, apart)
        parts[f"tile{number}_first"] = Fabric.registers(stage.schedule.latency_cycles)  # valid of a frame's first tile
    parts["collector"] = frame_collector(plan, _collected_bits(schedule))
    return parts


def frame_sequencer(beats: int, starts: list[int]) -> Fabric:
    """A counter of beats, a comparison per stage, a flip-flop per cycle after the last beat."""
    bits = _width(beats)
    wait = max([start - (beats - 1) for start in starts if start >= beats], default=0)
    return Fabric(stream_luts=_counter(bits) + len(starts), register_bits=bits + wait)


def tile_sequencer(stage: StageSchedule) -> Fabric:
    """A counter of ticks and two ROMs of one bit per tick; up to 8 ticks, the ROMs fit the LUTs that gate them."""
    ticks = np.zeros((stage.span_cycles, 2), np.int64)
    reads = stage.read_cycles - stage.start_cycle
    ticks[reads, 0] = 1
    ticks[reads[stage.stage.tiling.completing_reads().ravel()], 1] = 1
    bits = _width(stage.span_cycles)
    chosen = 2 * _multiplexer(ceil_div(stage.span_cycles, _LUT_WORDS))
    roms = _rom(ticks) + chosen if bits > _GATED_BITS else 0
    return Fabric(stream_luts=2 * bits + 2 + roms, register_bits=bits)


def line_buffer(stage: StageSchedule) -> Fabric:
    """Row and word counters, a write enable per row, and distributed RAM with its registers."""
    words, bits, rows = stage.stage.tiling.words, stage.word_bits, stage.buffer_rows
    row, word = _width(rows), _width(words)
    around = Fabric(stream_luts=2 * word + row + rows, register_bits=word + max(row, int(words > 1)))
    if stage.memory == "block":
        return around
    depth = 32 if words <= 32 else 64
    pages = ceil_div(words, depth)
    memory = pages * 4 * ceil_div(bits, _RAM_BITS[depth]) + _multiplexer(pages) * bits
    return around + Fabric(stream_luts=rows * memory, register_bits=rows * bits)


def window_former(stage: StageSchedule, apart: bool = False) -> Fabric:
    """The window in registers, a multiplexer of the buffer's rows for each of its rows, counters, masks.

    Hiding a row is the reset of the window's registers; so is hiding columns of those that hold the tile after it, if
    there are any and the former is not synthesized ``apart``; otherwise columns take an AND per bit.
    """
    tiling, buffer_rows = stage.stage.tiling, stage.buffer_rows
    rows, _, channels = tiling.tile_shape
    used = tiling.window_words * tiling.word_pixels - tiling.lead
    bank, read = _width(buffer_rows), _width(tiling.reads)
    return Fabric(
        stream_luts=2 * (read + bank) + 3 + rows * stage.word_bits * _rotation(buffer_rows),
        register_bits=rows * used * channels * stage.pixel_bits + read + 2 * bank + _WINDOW_FLAGS,
    ) + _masks(stage, _holds_tile(stage) and not apart)


def frame_collector(plan: StreamPlan, image_bits: int) -> Fabric:
    """A flip-flop per bit of the image, a counter of words and a decoder."""
    rows, columns, _ = plan.collected
    words = rows * ceil_div(columns, plan.collected_pixels)
    bits = _width(words)
    decoder = words + words // 4 if words > 1 else 0
    return Fabric(stream_luts=_counter(bits) + 1 + decoder, register_bits=image_bits + bits + 1)


def _masks(stage: StageSchedule, resets: bool) -> Fabric:
    """What hides pixels outside the image, columns by resets or not, and the counters that track a tile's position."""
    tiling = stage.stage.tiling
    row_mask, column_mask = tiling.row_mask(), tiling.column_mask()
    rows, _, channels = tiling.tile_shape
    fabric = Fabric()
    if (row_mask == 0).any():
        bits = _width(tiling.output_rows)
        different = np.unique(row_mask, axis=1).shape[1]
        fabric += Fabric(stream_luts=2 * bits + _rom(row_mask) + rows, register_bits=bits + different)
    columns = column_mask[:, (column_mask == 0).any(axis=0)]
    masked, different = columns.shape[1], np.unique(columns, axis=1).shape[1]
    if masked:
        bits = _width(tiling.tile_columns)
        hidden = masked if resets else rows * masked * channels * stage.pixel_bits
        fabric += Fabric(stream_luts=2 * bits + _rom(column_mask) + hidden, register_bits=max(2 * bits, 1) + different)
    return fabric


def _holds_tile(stage: StageSchedule) -> bool:
    """Whether the first layer of a tile reads it from registers."""
    adapters = stage.schedule.step(stage.stage.layers[0]).adapters[0]
    return bool(adapters) and isinstance(adapters[0], Hold)


def _collected_bits(schedule: StreamSchedule) -> int:
    """Bits of the image after the last stage."""
    plan = schedule.plan
    rows, columns, channels = plan.collected
    if plan.tail is not None:
        (name,) = plan.tail.inputs
        return rows * columns * channels * plan.tail.tensors()[name].bits
    last = plan.stages[-1]
    return rows * columns * channels * last.graph.tensors()[last.result].bits


def _rom(words: Int) -> int:
    """LUTs of ROMs of one bit, shape (words, ROMs)."""
    return Fabric.rom(words, 1, np.arange(words.shape[1])).rom_columns


def _multiplexer(inputs: int) -> int:
    """LUTs of a multiplexer of one bit."""
    return Fabric.multiplexer(inputs, 1).multiplexers


def _rotation(rows: int) -> int:
    """LUTs per bit for rotating the rows of a line buffer to start at any row: as mapped by yosys, up to 8 rows."""
    return min(rows - 1, max(1, rows - 3))


def _counter(bits: int) -> int:
    """LUTs of a counter that restarts with a frame and has an end."""
    return 2 * bits + 2 if bits else 0


def _width(count: int) -> int:
    """Bits of a counter; none for a single value."""
    return (count - 1).bit_length()
