"""Collects the phases of a serial tensor and holds all of its elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import loaded
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.valid_loads import ValidLoads, enabled_lanes, stage_registers
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class Deserialize(LayoutConverter):
    """``serial_to_parallel.vhd``: a chain that takes in the phases, and the result, held.

    Attributes:
        max_fanout: Most loads of a copy of the valid that loads the result.
    """

    name: ClassVar[str] = "deserialize"

    max_fanout: int = limits.MAX_FANOUT

    @property
    def latency_cycles(self) -> int:
        return self.source.phases

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        used = self.source.elements >= 0
        # Nothing reads a slot of the chain into which no element comes on its way.
        first = np.argmax(used, axis=0)[used.any(axis=0)]
        arrived = int((self.source.phases - 1 - first).sum())
        data = (arrived + int(used.sum())) * bits
        return Fabric.registers(data + self.latency_cycles + self.copy_registers(bits))

    def load_copies(self, bits: int) -> int:
        """Copies of the valid of the last phase, which loads the result; 0 if that is a single one.

        That of a single phase is the valid of the event.
        """
        loads = enabled_lanes(self.collected_lanes * bits, 1, 0)
        copied = self.source.phases > 1 and loads.loads > self.max_fanout
        return loads.copies(self.max_fanout)[0] if copied else 0

    def valid_loads(self, bits: int, max_fanout: int) -> ValidLoads | None:
        return enabled_lanes(self.collected_lanes * bits, 1, 0) if self.source.phases == 1 else None

    def copy_registers(self, bits: int) -> int:
        """Flip-flops of these copies, and of the earlier ones that drive them."""
        copies = self.load_copies(bits)
        return sum(stage_registers(self.source.phases - 1, copies, self.max_fanout)) if copies else 0

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        held = loaded(int((self.source.elements >= 0).sum()) * bits, technology, self.max_fanout)
        (entry,) = held.entries
        valid = held.valid if self.source.phases == 1 else ()
        return HardwarePaths((Entry(entry.kind, 2, entry.delay),), held.inner, held.exit, valid=valid)

    @property
    def collected_lanes(self) -> int:
        return self.source.phases * self.source.lanes

    @property
    def order(self) -> Int | None:
        return self.source.collection_order
