"""The paths through tables in block RAM: addresses and enables into it, entries out of it."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True)
class BlockLookupPaths:
    """The paths of all lanes.

    Attributes:
        lanes: Codes that are looked up at a time, each in another memory.
        block_rams: Half block RAMs of one of them.
        enabled: Whether valid enables them.
        registered: Whether entries have a register after the memory.
    """

    lanes: int
    block_rams: int
    enabled: bool
    registered: bool

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        ram, start = technology.fabric.bram, technology.start
        shown, inner = Delay(ram.clk_out), list[PathDelay]()
        if self.enabled:
            enable = start + technology.net(self.lanes * self.block_rams + 1) + Delay(ram.setup_en)
            inner.append(PathDelay(PathClass.MEMORY, enable))
        if self.registered:
            inner.append(PathDelay(PathClass.DATA, shown + technology.net(1) + technology.around_into_register))
        entry = Entry(PathClass.MEMORY, self.block_rams, Delay(ram.setup_address))
        return HardwarePaths((entry,), tuple(inner), start if self.registered else shown)
