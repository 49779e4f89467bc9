"""Keeps a one-cycle pulse for its reader until that of the next event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler import limits
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.valid_loads import ValidLoads, enabled_lanes


@dataclass(frozen=True, eq=False)
class Hold(LayoutConverter):
    """One register per bit that is read, loaded by valid, like ``serial_to_parallel.vhd`` with one phase.

    Attributes:
        max_fanout: Most loads of a copy of valid.
    """

    name: ClassVar[str] = "hold"

    max_fanout: int = limits.MAX_FANOUT

    @property
    def latency_cycles(self) -> int:
        return 1

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        return Fabric.registers((self.source.lanes - unread) * bits + self.latency_cycles)

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        return loaded(self.source.lanes * bits, technology, self.max_fanout)

    def valid_loads(self, bits: int, max_fanout: int) -> ValidLoads | None:
        return enabled_lanes(self.source.lanes * bits, 1, 0)


def loaded(flip_flops: int, technology: Technology, max_fanout: int | None = None) -> HardwarePaths:
    """The paths of registers that valid loads.

    Args:
        flip_flops: The registers.
        technology: Delays of the device.
        max_fanout: Most loads of a valid, or of its copies; ``None`` if it has no copies.
    """
    loads = flip_flops + 1  # the last load is the next valid
    valid = technology.start + technology.net(loads if max_fanout is None else min(loads, max_fanout))
    inner = (
        PathDelay(PathClass.CONTROL, valid + technology.enable),
        PathDelay(PathClass.DATA, valid + technology.around_into_register),
    )
    entry = Entry(PathClass.DATA, 1, technology.around_into_register)
    enabled = Entry(PathClass.CONTROL, flip_flops + 1, technology.enable)
    return HardwarePaths((entry,), inner, technology.start, valid=(enabled,))
