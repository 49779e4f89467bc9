"""Keeps a one-cycle pulse for its reader until that of the next event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter


@dataclass(frozen=True, eq=False)
class Hold(LayoutConverter):
    """One register per bit that is read, loaded by valid, like ``serial_to_parallel.vhd`` with one phase."""

    name: ClassVar[str] = "hold"

    @property
    def latency_cycles(self) -> int:
        return 1

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        return Fabric.registers((self.source.lanes - unread) * bits + self.latency_cycles)
