"""The members of an ensemble that take turns on a core: `bxnn_turns`, which gives it an event once for each."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import loaded
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_log2

ENTRY_CYCLES = 1  # from an event at the port to its first turn


@dataclass(frozen=True)
class Turns:
    """How an event goes through a core several times.

    Attributes:
        count: Members on a core.
        spacing: Cycles from a turn to the next.
        width: Bits of an event.
    """

    count: int
    spacing: int
    width: int

    def fabric(self) -> Fabric:
        """The register of an event, and the counters of turns and cycles."""
        bits = ceil_log2(self.count) + ceil_log2(self.spacing)
        return Fabric(counters=1 + int(self.spacing > 1), register_bits=self.width + bits + 1)

    def paths(self, technology: Technology) -> tuple[PathDelay, ...]:
        """From the port of valid, and from one counter to the other."""
        counted = technology.start + technology.net(self.width) + technology.luts(3, 4) + technology.into_register
        return (
            *(PathDelay(PathClass.INPUT_PORT, path.delay) for path in loaded(self.width, technology).inner),
            PathDelay(PathClass.INPUT_PORT, counted),
            PathDelay(PathClass.DATA, counted),
            PathDelay(PathClass.CONTROL, counted),
        )
