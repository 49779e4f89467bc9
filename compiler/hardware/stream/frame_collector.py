"""Collects the words of an image until the frame is complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.control_paths import enabled
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted

COLLECT_CYCLES = 1  # from the last word to the whole frame


@dataclass(frozen=True)
class FrameCollector(StreamPart):
    """``bxnn_frame_collector.vhd``: a flip-flop per bit of the image, and one per word, whose turn it may be.

    Attributes:
        rows: Rows of the image.
        columns: Its columns.
        word_pixels: Pixels that arrive together.
        pixel_bits: Bits of a pixel, all channels.
        started: Registers that the end of a frame drives, besides its own: copies of valid.
    """

    rows: int
    columns: int
    word_pixels: int
    pixel_bits: int
    started: int = 0

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.FRAME, COLLECT_CYCLES),)

    def resources(self) -> Fabric:
        several = self.words if self.words > 1 else 0
        registers = self.rows * self.columns * self.pixel_bits + several + 1
        return Fabric(stream_luts=2 * several + 1, register_bits=registers)

    @property
    def words(self) -> int:
        """Words of a frame."""
        return self.rows * ceil_div(self.columns, self.word_pixels)

    def control(self, technology: Technology) -> HardwarePaths:
        """From valid and first to the word whose turn it is."""
        start, word_bits = technology.start, self.word_pixels * self.pixel_bits
        if self.words == 1:
            sinks = word_bits + 2 + self.started
            return HardwarePaths((Entry(PathClass.CONTROL, sinks, technology.enable),), (), start)
        taken = enabled(2, word_bits + self.started, technology)  # the last word and the end of a frame are one net
        # Synthesis may make the end of a frame of two LUTs, of which the second drives more than its register.
        ended = technology.luts(1) + technology.net(word_bits + 1)
        done = ended + technology.luts(1) + technology.net(2 + self.started) + technology.around_into_register
        entries = (
            Entry(PathClass.CONTROL, 2 * self.words, taken),
            Entry(PathClass.DATA, 0, done),
        )
        return HardwarePaths(entries, (PathDelay(PathClass.CONTROL, start + technology.net(3) + taken),), start)

    def paths(self, technology: Technology) -> HardwarePaths:
        entry = Entry(PathClass.DATA, self.words, technology.around_into_register)
        return HardwarePaths((entry,), (), technology.start)

    def constants(self) -> Mapping[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "started"}

    def verify(self, subject: str) -> None:
        if min(self.constants().values()) < 1:
            image = f"{counted(self.rows, 'row')} of {counted(self.columns, 'pixel')}"
            raise InternalError(subject, f"collects {image} in words of {self.word_pixels}")
