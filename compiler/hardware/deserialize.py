"""Collects the phases of a serial tensor and holds all of its elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import loaded
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class Deserialize(LayoutConverter):
    """``serial_to_parallel.vhd``: a chain that takes in the phases, and the result, held."""

    name: ClassVar[str] = "deserialize"

    @property
    def latency_cycles(self) -> int:
        return self.source.phases

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        used = self.source.elements >= 0
        # Nothing reads a slot of the chain into which no element comes on its way.
        first = np.argmax(used, axis=0)[used.any(axis=0)]
        arrived = int((self.source.phases - 1 - first).sum())
        return Fabric.registers((arrived + int(used.sum())) * bits + self.latency_cycles)

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        held = loaded(int((self.source.elements >= 0).sum()) * bits, technology)
        (entry,) = held.entries
        return HardwarePaths((Entry(entry.kind, 2, entry.delay),), held.inner, held.exit, valid=held.valid)

    @property
    def collected_lanes(self) -> int:
        return self.source.phases * self.source.lanes

    @property
    def order(self) -> Int | None:
        return self.source.collection_order
