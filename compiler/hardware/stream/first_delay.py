"""Delays the mark of a frame's first tile by the latency of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.stream.stream_part import StreamPart
from bxnn.compiler.plural import counted


@dataclass(frozen=True)
class FirstDelay(StreamPart):
    """``bxnn_valid_delay.vhd``: one flip-flop per cycle.

    Attributes:
        cycles: Latency of the tile.
    """

    cycles: int

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.TILE, self.cycles),)

    def resources(self) -> Fabric:
        return Fabric.registers(self.cycles)

    def control(self, technology: Technology) -> HardwarePaths:
        return HardwarePaths((), (), technology.start)

    def paths(self, technology: Technology) -> HardwarePaths:
        return HardwarePaths()

    def constants(self) -> Mapping[str, Any]:
        return {"cycles": self.cycles}

    def verify(self, subject: str) -> None:
        if self.cycles < 0:
            raise InternalError(subject, f"delays by {counted(self.cycles, 'cycle')}")
