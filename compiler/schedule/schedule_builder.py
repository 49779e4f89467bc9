"""Turns the implementations that the search has chosen into a schedule: bindings, wiring, ports and cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bxnn.compiler.cost.cost_model import (
    FRAME_PARALLEL_ERROR,
    OWN_FORMATS_ERROR,
    converters_cost,
    cost_of,
    has_own_formats,
)
from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.design_front import FrontDesign
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.held_bits import held_bits
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.objective import Objective
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.converters import cycles_of
from bxnn.compiler.schedule.copied_valids import with_copied_valids
from bxnn.compiler.schedule.layer_implementations import LayerImplementations
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.port_wiring import PortWiring
from bxnn.compiler.schedule.read_lanes import read_lanes


class ScheduleBuilder:
    """Builds the schedules of complete designs.

    Args:
        graph: After the pipeline.
        options: The implementations of each hardware layer by name.
        initiation_interval: Cycles between events.
        port_wiring: What is registered at the ports.
    """

    def __init__(
        self,
        graph: Graph,
        options: Mapping[str, LayerImplementations],
        initiation_interval: int,
        port_wiring: PortWiring,
    ) -> None:
        self.graph, self.options, self.initiation_interval = graph, options, initiation_interval
        self.tensors = graph.tensors()
        self._held_bits = held_bits(graph)
        self.port_wiring = port_wiring
        self.input_layouts = {name: port_wiring.layout(self.tensors[name].size) for name in graph.inputs}
        self._read = {
            name: read
            for layer in graph.layers
            if isinstance(layer, HardwareLayer)
            for name, read in zip((layer.name, *layer.inputs), options[layer.name].read, strict=True)
        }
        self._hardware = [layer for layer in graph.layers if isinstance(layer, HardwareLayer)]

    def schedule(
        self, design: PartialDesign, objective: Objective, front: tuple[FrontDesign, ...] = (), lead: int = 0
    ) -> Schedule:
        """The schedule of a design of the front, with its slot tables verified.

        Args:
            design: The design.
            objective: What the search optimised.
            front: All designs.
            lead: Cycles by which a valid is known before that of the inputs.
        """
        steps: list[ScheduledLayer] = []
        built: set[object] = set()
        for layer, choice in zip(self._hardware, design.chosen, strict=True):
            binding = choice.option.realise()
            cost = cost_of(read_lanes(self.options[layer.name], binding))
            unread = self.options[layer.name].unread
            wiring = self.wiring(zip(layer.inputs, choice.converters, strict=True), unread, built)
            step = ScheduledLayer(layer.name, binding, choice.start_cycle, choice.converters, cost + wiring)
            estimated = choice.option.latency_cycles - cycles_of(choice.option.converters)
            if binding.latency_cycles != estimated or binding.dsp != choice.option.dsp:
                raise InternalError(layer.describe(), "the cost of the slot table differs from the estimate")
            steps.append(step)
        ports = self.ports(design)
        found = Schedule(
            self.graph,
            self.initiation_interval,
            tuple(steps),
            ports,
            design.latency_cycles,
            objective,
            front,
            sum((step.cost for step in steps), start=self.wiring(zip(self.graph.outputs, ports, strict=True))),
            OWN_FORMATS_ERROR if has_own_formats(self.graph) else FRAME_PARALLEL_ERROR,
            max_fanout=self.port_wiring.pipelining.most_loads,
            held_input=self.port_wiring.pipelining.held_input,
        )
        return with_copied_valids(found, lead)

    def ports(self, design: PartialDesign) -> tuple[tuple[LayoutConverter, ...], ...]:
        """What connects each network output to its port: all reach their ports together."""
        ready: dict[str, tuple[int, Layout]] = {name: (0, layout) for name, layout in self.input_layouts.items()}
        for layer, choice in zip(self._hardware, design.chosen, strict=True):
            own = choice.option.latency_cycles - cycles_of(choice.option.converters)
            ready[layer.name] = choice.start_cycle + own, choice.option.result
        chains = []
        for name in self.graph.outputs:
            cycle, layout = ready[name]
            waits = design.latency_cycles - cycle - cycles_of(self.port_wiring.at_output(name, layout))
            chains.append(self.port_wiring.at_output(name, layout, waits))
        return tuple(chains)

    def balanced(self, design: PartialDesign) -> PartialDesign:
        """A complete design with the cost of the delays with which early outputs wait for the last one."""
        if len(self.graph.outputs) == 1:
            return design
        results = {
            layer.name: choice.option.result for layer, choice in zip(self._hardware, design.chosen, strict=True)
        }
        layouts = {**self.input_layouts, **results}
        known = self.wiring((name, self.port_wiring.at_output(name, layouts[name])) for name in self.graph.outputs)
        cost = self.wiring(zip(self.graph.outputs, self.ports(design), strict=True))
        return replace(design, lut=design.lut + cost.lut - known.lut, ff=design.ff + cost.ff - known.ff)

    def wiring(
        self,
        chains: Iterable[tuple[str, tuple[LayoutConverter, ...]]],
        unread: int = 0,
        built: set[object] | None = None,
    ) -> ResourceUsage:
        """Cost of the converters after tensors.

        Args:
            chains: Names of tensors, and what is between them and one layer.
            unread: Elements that this layer does not read.
            built: What precedes other layers, and costs nothing more, for synthesis merges it; new ones are added.
        """
        total = ResourceUsage()
        for name, converters in chains:
            known = 0
            if built is not None:
                keys = [(name, *(own.key for own in converters[: count + 1])) for count in range(len(converters))]
                known = sum(key in built for key in keys)
                built.update(keys)
            total += converters_cost(converters[known:], self._held_bits[name], unread, self._read.get(name))
        return total
