"""Delays a tensor so that it arrives together with another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter


@dataclass(frozen=True, eq=False)
class Delay(LayoutConverter):
    """``delay_line.vhd`` for the data, with ``valid_delay.vhd`` beside it.

    Attributes:
        cycles: Length of the delay.
    """

    name: ClassVar[str] = "delay"

    cycles: int

    @property
    def latency_cycles(self) -> int:
        return self.cycles

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        return Fabric.delay(self.source.lanes * bits, self.cycles) + Fabric.registers(self.cycles)
