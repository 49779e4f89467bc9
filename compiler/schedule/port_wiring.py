"""Registers of a frame-parallel network at its ports: delays of one cycle, converters like any other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bxnn.compiler.hardware.delay import Delay
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.schedule.converters import delayed, to_port


@dataclass(frozen=True)
class PortWiring:
    """What the user says of the ports, as layouts and converters.

    Input ports have no register unless the user asks for one: paths from a port are judged like those from a register,
    which the source is. Most layers begin with one anyway, the hold register of an event.

    Attributes:
        inputs: Names of the network inputs.
        pipelining: Where the registers are.
    """

    inputs: Collection[str]
    pipelining: Pipelining

    def layout(self, size: int) -> Layout:
        """Layout of a network input: held if the source holds it, else present in the cycle of its valid only."""
        return Layout.parallel(size) if self.pipelining.held_input else Layout.pulse(size)

    def at_input(self, name: str, layout: Layout, least: int = 0) -> tuple[LayoutConverter, ...]:
        """The registers, if there are any, between a tensor and what reads it.

        Args:
            name: The tensor.
            layout: Its layout.
            least: Cycles that an input of the network waits at least.
        """
        cycles = max(least, int(bool(self.pipelining.input_register))) if name in self.inputs else 0
        return (Delay(layout, layout, cycles),) if cycles else ()

    def at_output(self, layout: Layout) -> tuple[LayoutConverter, ...]:
        """Converters from the layer whose result is a network output to its port."""
        return delayed(to_port(layout), layout, int(self.pipelining.output_register))
