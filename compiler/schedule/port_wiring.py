"""Registers of a frame-parallel network at its ports: converters like any other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.port_register import PortRegister
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.schedule.converters import delayed, to_port


@dataclass(frozen=True)
class PortWiring:
    """What the user says of the ports, as layouts and converters.

    Input ports have no register unless the user asks for one: paths from a port are judged like those from a register,
    which the source is. Most layers begin with one anyway, the hold register of an event.

    Attributes:
        inputs: Names of the network inputs.
        tensors: The tensors of the network.
        pipelining: Where the registers are.
    """

    inputs: Collection[str]
    tensors: Mapping[str, Tensor]
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
        if name not in self.inputs:
            return ()
        registers = (self._register(name, layout),) if self.pipelining.input_register else ()
        return delayed(registers, layout, max(least - len(registers), 0))

    def at_output(self, name: str, layout: Layout, waits: int = 0) -> tuple[LayoutConverter, ...]:
        """Converters from the layer whose result is a network output to its port.

        Args:
            name: The output.
            layout: Layout of the result.
            waits: Cycles for which it waits for other outputs.
        """
        before = delayed(to_port(layout, self.pipelining.most_loads), layout, waits)
        if not self.pipelining.output_register:
            return before
        return (*before, self._register(name, before[-1].result if before else layout))

    def _register(self, name: str, layout: Layout) -> PortRegister:
        return PortRegister(layout, layout, self.tensors[name].bits)
