"""Counts the beats of a frame and starts the segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyTerm
from bxnn.compiler.hardware.stream.stream_part import StreamPart, counter_luts
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.plural import counted


@dataclass(frozen=True)
class FrameSequencer(StreamPart):
    """``bxnn_frame_sequencer.vhd``: a beat counter, a comparison per segment, registers for later cycles.

    Attributes:
        beats: Beats of a frame.
        starts: Cycle in which each segment begins, in a frame without gaps.
    """

    beats: int
    starts: tuple[int, ...]

    def latency(self) -> tuple[LatencyTerm, ...]:
        return ()

    def resources(self) -> Fabric:
        wait = max([start - (self.beats - 1) for start in self.starts if start >= self.beats], default=0)
        registers = ceil_log2(self.beats) + wait
        return Fabric(stream_luts=counter_luts(self.beats) + len(self.starts), register_bits=registers)

    def constants(self) -> Mapping[str, Any]:
        return {"beats": self.beats, "starts": self.starts}

    def verify(self, subject: str) -> None:
        if self.beats < 1 or min(self.starts, default=0) < 0:
            raise InternalError(
                subject, f"starts its segments at {self.starts} in a frame of {counted(self.beats, 'beat')}"
            )
