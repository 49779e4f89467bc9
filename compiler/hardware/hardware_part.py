"""The contract of hardware described once, then priced, rendered and checked: bindings, parts of streaming networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyTerm, total_cycles


class HardwarePart(ABC):
    """A piece of hardware."""

    @abstractmethod
    def latency(self) -> tuple[LatencyTerm, ...]:
        """Cycles from its input to its output, from phase 0 to phase 0 of serial layouts, term by term."""

    @abstractmethod
    def resources(self) -> Fabric:
        """What it consists of outside DSP slices."""

    @abstractmethod
    def constants(self) -> Mapping[str, Any]:
        """Values that its VHDL template binds: generics, contents of ROMs and tables."""

    @abstractmethod
    def verify(self, subject: str) -> None:
        """Check that the hardware computes what it should.

        Args:
            subject: Named in errors.

        Raises:
            InternalError: If anything is wrong.
        """

    @property
    def latency_cycles(self) -> int:
        """The sum of the latency's terms."""
        return total_cycles(self.latency())
