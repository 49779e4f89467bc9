"""Collects the words of an image until the frame is complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.stream.stream_part import StreamPart, counter_luts
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.plural import counted

COLLECT_CYCLES = 1  # from the last word to the whole frame


@dataclass(frozen=True)
class FrameCollector(StreamPart):
    """``bxnn_frame_collector.vhd``: a flip-flop per bit of the image, a word counter and a decoder.

    Attributes:
        rows: Rows of the image.
        columns: Its columns.
        word_pixels: Pixels that arrive together.
        pixel_bits: Bits of a pixel, all channels.
    """

    rows: int
    columns: int
    word_pixels: int
    pixel_bits: int

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.FRAME, COLLECT_CYCLES),)

    def resources(self) -> Fabric:
        words = self.rows * ceil_div(self.columns, self.word_pixels)
        decoder = words + words // 4 if words > 1 else 0
        registers = self.rows * self.columns * self.pixel_bits + ceil_log2(words) + 1
        return Fabric(stream_luts=counter_luts(words) + 1 + decoder, register_bits=registers)

    def constants(self) -> Mapping[str, Any]:
        return dict(vars(self))

    def verify(self, subject: str) -> None:
        if min(vars(self).values()) < 1:
            image = f"{counted(self.rows, 'row')} of {counted(self.columns, 'pixel')}"
            raise InternalError(subject, f"collects {image} in words of {self.word_pixels}")
