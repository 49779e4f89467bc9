"""What stands between a producer's layout and a consumer's: the contract of every converter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class LayoutConverter(ABC):
    """Wiring between two layers.

    Attributes:
        name: As the report spells it, and the name of its VHDL template.
        source: Layout on its input.
        result: Layout on its output.
    """

    name: ClassVar[str]

    source: Layout
    result: Layout

    @property
    @abstractmethod
    def latency_cycles(self) -> int:
        """Cycles that it adds."""

    @abstractmethod
    def resources(self, bits: int, unread: int = 0) -> Fabric:
        """What it is made of.

        Args:
            bits: Width of an element.
            unread: Elements that the layer behind does not read.
        """

    @property
    def collected_lanes(self) -> int:
        """Elements on its output, idle slots included; the elements of the tensor are in the low bits."""
        return self.result.lanes

    @property
    def order(self) -> Int | None:
        """Where each element of a serial layout is collected; ``None`` if in its own place."""
        return None


def converted_resources(chain: tuple[LayoutConverter, ...], bits: int, unread: int = 0) -> list[Fabric]:
    """What a chain of converters is made of, one by one; only the last need not hold what nothing reads."""
    last = len(chain) - 1
    return [converter.resources(bits, unread if n == last else 0) for n, converter in enumerate(chain)]
