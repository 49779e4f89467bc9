"""Sends the elements of a parallel tensor over several phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass


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

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        chosen = multiplexer(self.result.phases, technology, 1) + technology.into_register
        counted = technology.start + technology.net(self.result.lanes * bits) + chosen
        return HardwarePaths(
            (Entry(PathClass.DATA, 1, chosen),), (PathDelay(PathClass.DATA, counted),), technology.start
        )
