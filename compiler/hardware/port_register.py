"""Registers at a port, which do nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True, eq=False)
class PortRegister(LayoutConverter):
    """``bxnn_replica_port.vhd``: no tool merges it with anything, so that its cost is exact.

    Attributes:
        bits: Width of an element at the port.
    """

    name: ClassVar[str] = "port_register"
    is_exact: ClassVar[bool] = True

    bits: int

    @property
    def latency_cycles(self) -> int:
        return 1

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        return Fabric.registers(self.source.lanes * self.bits + self.latency_cycles)

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        return HardwarePaths((Entry(PathClass.DATA, 1, technology.around_into_register),), (), technology.start)
