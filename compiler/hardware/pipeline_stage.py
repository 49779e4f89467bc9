"""The binding of layers without multiplications: combinational logic followed by registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.valid_loads import ValidLoads


class StageLogic(Protocol):
    """What a layer's logic states about its paths."""

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""


@dataclass(frozen=True, eq=False)
class PipelineStage(Binding):
    """One pass through a layer's logic.

    Attributes:
        registers: Consecutive registers on the path.
        fabric: What the logic and registers consist of.
        logic: The paths through it; ``None`` if there are only wires.
        block_rams: Half block RAMs.
        enabled: What the valid of an event enables if it arrives at once; ``None`` if its loads are not counted.
    """

    name: ClassVar[str] = "stage"

    registers: int
    fabric: Fabric
    logic: StageLogic | None = None
    block_rams: int = 0
    enabled: ValidLoads | None = None

    @classmethod
    def wires(cls, source: Layout, result: Layout) -> Self:
        """A layer that only rearranges elements: no cycle, no hardware."""
        return cls(source, result, 0, Fabric())

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.REGISTERS, self.registers),)

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        if self.logic is not None:
            return self.logic.paths(technology, loads)
        if self.registers:
            raise InternalError(self.name, "has registers but states no paths to them")
        return HardwarePaths()

    def valid_loads(self, max_fanout: int) -> ValidLoads | None:
        return None if self.source.is_serial else self.enabled

    @property
    def bram(self) -> int:
        return self.block_rams

    def resources(self) -> Fabric:
        return self.fabric

    def constants(self) -> Mapping[str, Any]:
        return {}

    def verify(self, subject: str) -> None:
        """There is nothing but the layer's own template, which the contract tests simulate."""
