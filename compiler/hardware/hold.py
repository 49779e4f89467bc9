"""Keeps a one-cycle pulse for its reader until that of the next event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True, eq=False)
class Hold(LayoutConverter):
    """One register per bit that is read, loaded by valid, like ``serial_to_parallel.vhd`` with one phase."""

    name: ClassVar[str] = "hold"

    @property
    def latency_cycles(self) -> int:
        return 1

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        return Fabric.registers((self.source.lanes - unread) * bits + self.latency_cycles)

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        return loaded(self.source.lanes * bits, technology)


def loaded(flip_flops: int, technology: Technology) -> HardwarePaths:
    """The paths of registers that valid loads."""
    valid = technology.start + technology.net(flip_flops + 1)  # the last load is the next valid
    inner = (
        PathDelay(PathClass.CONTROL, valid + technology.enable),
        PathDelay(PathClass.DATA, valid + technology.around_into_register),
    )
    entry = Entry(PathClass.DATA, 1, technology.around_into_register)
    enabled = Entry(PathClass.CONTROL, flip_flops + 1, technology.enable)
    return HardwarePaths((entry,), inner, technology.start, valid=(enabled,))
