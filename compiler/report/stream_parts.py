"""What the report says about a streaming network beyond its layers."""

from __future__ import annotations

from bxnn.compiler.hardware.stream.line_memory import Memory
from bxnn.compiler.report.part import Part


class SegmentReport(Part):
    """One segment of a streaming network: its line buffer and its tiles. Cycles are those of a frame without gaps.

    ``memory`` says what stores the line buffer, ``bram`` how many half block RAMs (RAMB18) it uses.
    """

    name: str
    layers: tuple[str, ...]
    image: tuple[int, int, int]
    word_pixels: int
    tiles: int
    tile_shape: tuple[int, int, int]
    tile_interval: int
    first_read_cycle: int
    last_read_cycle: int
    tile_latency_cycles: int
    dsp: int
    buffer_rows: int
    buffer_bits: int
    memory: Memory = "distributed"
    bram: int = 0


class StreamReport(Part):
    """What a streaming network has beyond a frame-parallel one; ``beats`` per frame, of ``pixels_per_cycle`` pixels."""

    pixels_per_cycle: int
    beats: int
    latency_from_last_beat_cycles: int
    latency_from_last_beat_ns: float
    stages: tuple[SegmentReport, ...]
    collected_cycle: int
    bram: int = 0
