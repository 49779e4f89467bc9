"""Sends the elements of a parallel tensor over several phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter


@dataclass(frozen=True, eq=False)
class Serialize(LayoutConverter):
    """``parallel_to_serial.vhd``: a counter, plus a multiplexer per lane followed by a register."""

    name: ClassVar[str] = "serialize"

    @property
    def latency_cycles(self) -> int:
        return 1

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        lanes = self.result.lanes * bits
        return (
            Fabric.multiplexer(self.result.phases, lanes)
            + Fabric.registers(lanes)
            + Fabric.sequencer(self.result.phases, 1, 1)
        )
