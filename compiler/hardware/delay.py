"""Delays a tensor so that it arrives together with another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.delays.path_delay import Delay as PathPart
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.path_class import PathClass


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

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        shifts = Fabric.delay(1, self.cycles).shift_luts > 0
        srl = technology.fabric.srl
        setup, out = (
            (PathPart(srl.setup_d), PathPart(srl.clk_out))
            if shifts
            else (technology.around_into_register, technology.start)
        )
        return HardwarePaths((Entry(PathClass.DATA, 1, setup),), (), out)
