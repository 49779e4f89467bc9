"""Keeps a pulse of one cycle for its reader until the next event's comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter


@dataclass(frozen=True, eq=False)
class Hold(LayoutConverter):
    """A register per bit that is read, loaded by valid, as ``serial_to_parallel.vhd`` of one phase."""

    name: ClassVar[str] = "hold"

    @property
    def latency_cycles(self) -> int:
        return 1

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        return Fabric.registers((self.source.lanes - unread) * bits + self.latency_cycles)
