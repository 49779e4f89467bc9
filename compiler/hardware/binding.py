"""How a layer is bound to hardware: the contract of all bindings."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.hardware_part import HardwarePart
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.valid_loads import ValidLoads

Strategy = Literal["dsp", "lut"]
LoopOrder = Literal["output_serial", "input_serial"]


@dataclass(frozen=True, eq=False)
class Binding(HardwarePart):
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
    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths.

        Args:
            technology: Delays of the device.
            loads: Pins that a bit of the result drives.
        """

    def valid_loads(self, max_fanout: int) -> ValidLoads | None:
        """What the valid of its input drives; ``None`` if that has few loads.

        Args:
            max_fanout: Most loads of a register of control.
        """
        return None

    def activity(self) -> list[tuple[int, int]]:
        """Cycles after phase 0 in which the binding works on an event, and how many of its DSPs do so.

        A binding without DSPs works as a whole from its first input to its last output; bare wires never do.
        """
        busy = self.latency_cycles + self.source.phases - 1 if self.latency_cycles else 0
        return [(cycle, 1) for cycle in range(busy)]

    @property
    def dsp(self) -> int:
        """DSP slices."""
        return 0

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18)."""
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
