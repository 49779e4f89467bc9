"""What adapts a producer's layout to a consumer's: the contract of every converter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.valid_loads import ValidLoads
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class LayoutConverter(ABC):
    """Wiring between two layers.

    Attributes:
        name: As spelled in the report; also the name of its VHDL template.
        is_exact: Whether it costs exactly what it consists of, because no tool shares or absorbs anything of it.
        source: Layout at its input.
        result: Layout at its output.
    """

    name: ClassVar[str]
    is_exact: ClassVar[bool] = False

    source: Layout
    result: Layout

    @property
    @abstractmethod
    def latency_cycles(self) -> int:
        """Cycles that it adds."""

    @abstractmethod
    def resources(self, bits: int, unread: int = 0) -> Fabric:
        """What it consists of.

        Args:
            bits: Width of an element.
            unread: Elements that the following layer does not read.
        """

    @abstractmethod
    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        """The slowest paths.

        Args:
            bits: Width of an element.
            technology: Delays of the device.
        """

    def valid_loads(self, bits: int, max_fanout: int) -> ValidLoads | None:
        """What the valid of its input drives; ``None`` if that has few loads.

        Args:
            bits: Width of an element.
            max_fanout: Most loads of a register of control.
        """
        return None

    @property
    def key(self) -> tuple[object, ...]:
        """The same for equal converters."""
        return self.name, self.source.key, self.result.key, self.latency_cycles

    @property
    def collected_lanes(self) -> int:
        """Elements at its output, idle slots included; the elements of the tensor are in the low bits."""
        return self.result.lanes

    @property
    def order(self) -> Int | None:
        """Where each element of a serial layout is collected; ``None`` if it keeps its position."""
        return None


def converted_resources(chain: tuple[LayoutConverter, ...], bits: int, unread: int = 0) -> list[Fabric]:
    """What each converter of a chain consists of; only the last may omit elements that nothing reads."""
    last = len(chain) - 1
    return [converter.resources(bits, unread if n == last else 0) for n, converter in enumerate(chain)]
