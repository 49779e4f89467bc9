"""How a layer is bound to hardware: the contract that every binding keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyTerm, total_cycles
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining

Strategy = Literal["dsp", "lut"]
LoopOrder = Literal["output_serial", "input_serial"]


@dataclass(frozen=True, eq=False)
class Binding(ABC):
    """A layer in hardware form. An attribute that does not apply, such as the packing without DSPs, is ``None``.

    Attributes:
        name: As spelled in design.yaml and the report; also names the binding's VHDL template, if it has one.
        strategy: What performs its multiplications, or ``None`` if it has none.
        loop_order: Loop nest of the HLS C++ that takes its operands in the same order.
        source: Layout that the layer reads.
        result: Layout that the layer writes.
        pipelining: Where its registers are.
    """

    name: ClassVar[str]
    strategy: ClassVar[Strategy | None] = None

    loop_order: ClassVar[LoopOrder] = "output_serial"

    source: Layout
    result: Layout
    pipelining: Pipelining = field(default=EVERY_REGISTER, kw_only=True)

    @abstractmethod
    def latency(self) -> tuple[LatencyTerm, ...]:
        """Cycles from phase 0 of the input to phase 0 of the output, term by term."""

    @abstractmethod
    def resources(self) -> Fabric:
        """What the binding uses outside DSP slices."""

    @abstractmethod
    def constants(self) -> Mapping[str, Any]:
        """Values that the VHDL template uses: contents of ROMs and tables, each row with a comment."""

    @abstractmethod
    def verify(self, subject: str) -> None:
        """Check that the hardware computes the layer.

        Args:
            subject: Subject of error messages.

        Raises:
            InternalError: If anything is wrong.
        """

    def activity(self) -> list[tuple[int, int]]:
        """Cycles after phase 0 in which the binding works on an event, and how many of its DSPs do so.

        A binding without DSPs works as a whole from its first input to its last output; bare wires never do.
        """
        busy = self.latency_cycles + self.source.phases - 1 if self.latency_cycles else 0
        return [(cycle, 1) for cycle in range(busy)]

    @property
    def latency_cycles(self) -> int:
        """Cycles from phase 0 of the input to phase 0 of the output."""
        return total_cycles(self.latency())

    @property
    def dsp(self) -> int:
        """DSP slices."""
        return 0

    @property
    def reuse_factor(self) -> int | None:
        """Most MACs that one lane of a multiplier performs per event; ``None`` without shared multipliers."""
        return None

    @property
    def products_per_dsp(self) -> int | None:
        """Products that a DSP slice forms at a time; ``None`` without DSPs."""
        return None

    @property
    def accumulator(self) -> int | None:
        """Width of the accumulators in bits; ``None`` if there are none."""
        return None
