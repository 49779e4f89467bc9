"""Counts the beats of a frame and starts the segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.control_paths import compared, decided, enabled
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.plural import counted

SEQUENCER_CYCLES = 1  # all that it says is registered
_FLAGS = 2  # of a beat: that it counts, that it is the first


@dataclass(frozen=True)
class FrameSequencer(StreamPart):
    """``bxnn_frame_sequencer.vhd``: a beat counter, a comparison per segment, registers for later cycles.

    A segment that starts with a beat has two registers: that the next beat is the one, and that it starts.

    Attributes:
        beats: Beats of a frame.
        starts: Cycle in which each segment begins, in a frame without gaps.
        all_read: Whether something reads where a frame ends and where one is lost.
    """

    beats: int
    starts: tuple[int, ...]
    all_read: bool = False

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.FRAME_SEQUENCER, SEQUENCER_CYCLES),)

    def resources(self) -> Fabric:
        bits, several = ceil_log2(self.beats), self.beats > 1
        waits = [start - (self.beats - 1) for start in self.starts if start >= self.beats]
        behind = 1 + max(waits, default=0) if waits or self.all_read else 0  # registers after the last beat
        within = len({start for start in self.starts if 0 < start < self.beats})
        restarts = several and (self.all_read or min(self.starts, default=self.beats) < self.beats)
        ends = several + (several and behind > 0)  # that a frame runs, and that its last beat is next
        registers = bits + _FLAGS + ends + restarts + 2 * within + behind
        return Fabric(stream_luts=bits + 3 + 2 * within, register_bits=registers)

    def alone(self) -> Self:
        return replace(self, all_read=True)

    def control(self, technology: Technology) -> HardwarePaths:
        """From valid and first to the flip-flops that start the segments."""
        bits, starts = ceil_log2(self.beats), len(self.starts)
        loads = bits + 2 * starts + 4
        taken = technology.luts(1) + technology.net(loads)
        entries = (
            Entry(PathClass.CONTROL, loads, taken + enabled(1, bits + 2, technology)),
            Entry(PathClass.DATA, 0, taken + decided(1, technology)),
        )
        start = technology.start
        inner = (
            PathDelay(PathClass.CONTROL, start + technology.net(3) + entries[0].delay),
            PathDelay(PathClass.DATA, start + technology.net(starts + 2) + compared(bits, technology)),
            PathDelay(PathClass.DATA, start + technology.net(3) + entries[1].delay),
        )
        return HardwarePaths(entries, inner, start)

    def paths(self, technology: Technology) -> HardwarePaths:
        """No data passes."""
        return HardwarePaths()

    def constants(self) -> Mapping[str, Any]:
        return {"beats": self.beats, "starts": self.starts}

    def verify(self, subject: str) -> None:
        if self.beats < 1 or min(self.starts, default=0) < 0:
            raise InternalError(
                subject, f"starts its segments at {self.starts} in a frame of {counted(self.beats, 'beat')}"
            )
