"""The ways in which a layer can follow what it reads, with what each of them adds to a partial design."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.set_choice import LEAD_CYCLES
from bxnn.compiler.schedule.bounds import Most
from bxnn.compiler.schedule.converters import cycles_of, delayed, to_parallel
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.layer_implementations import LayerImplementations
from bxnn.compiler.schedule.schedule_builder import ScheduleBuilder

_NO_PORT = -1


@dataclass(frozen=True, eq=False)
class Way:
    """One implementation of a layer after inputs of certain layouts.

    Attributes:
        option: The implementation.
        start: Cycles from when the last input is ready to the start of the layer.
        converters: Before each input.
        added: Of these, the ones that the implementation does not include.
        at_port: Cycles from the result to the port of a network output, -1 if it is none.
        wiring: Cost of what the implementation does not include.
    """

    option: Implementation
    start: int
    converters: tuple[tuple[LayoutConverter, ...], ...]
    added: tuple[tuple[LayoutConverter, ...], ...]
    at_port: int
    wiring: ResourceUsage

    @property
    def costs(self) -> tuple[int, int, int, int, int, int]:
        """Cycles from the last input to the result, and on to the port; DSPs, LUTs, flip-flops, adder bits."""
        option = self.option
        end = self.start + option.latency_cycles - cycles_of(option.converters)
        cost = ResourceUsage(option.lut, option.ff) + self.wiring
        return end, self.at_port, option.dsp, cost.lut, cost.ff, option.adder_bits

    @cached_property
    def result_key(self) -> object:
        """Equal for equivalent results."""
        return self.option.result.key


class Ways:
    """Finds them.

    Args:
        options: The implementations of each layer by name.
        builder: Knows ports and the cost of wiring.
        outputs: Names of the network outputs.
        priced: Whether LUTs count.
    """

    def __init__(
        self,
        options: dict[str, LayerImplementations],
        builder: ScheduleBuilder,
        outputs: Sequence[str],
        priced: bool,
    ) -> None:
        self.options, self.builder, self.outputs, self.priced = options, builder, outputs, priced
        self._at_ports: dict[
            tuple[Implementation, bool], tuple[int, ResourceUsage]
        ] = {}  # options are distinguished by identity

    def of(self, layer: HardwareLayer, inputs: Sequence[tuple[int, Layout]], most: Most) -> list[Way]:
        """All ways.

        Args:
            layer: The layer.
            inputs: Cycle and layout of each input; the last cycle is 0.
            most: Implementations that need more are omitted.
        """
        found = []
        for option, start, converters, added in self._choices(layer, inputs, most):
            priced = self.priced and not most.unpriced
            cycles, wiring = self._at_port(layer, option, priced)
            if priced:
                wiring += self.builder.wiring(zip(layer.inputs, added, strict=True))
            found.append(Way(option, start, converters, added, cycles, wiring))
        return found

    def _at_port(self, layer: HardwareLayer, option: Implementation, priced: bool) -> tuple[int, ResourceUsage]:
        if layer.name not in self.outputs:
            return _NO_PORT, ResourceUsage()
        if (option, priced) not in self._at_ports:
            chain = self.builder.port_wiring.at_output(layer.name, option.result)
            wiring = self.builder.wiring([(layer.name, chain)]) if priced else ResourceUsage()
            self._at_ports[option, priced] = cycles_of(chain), wiring
        return self._at_ports[option, priced]

    def _choices(
        self, layer: HardwareLayer, inputs: Sequence[tuple[int, Layout]], most: Most
    ) -> Iterator[
        tuple[Implementation, int, tuple[tuple[LayoutConverter, ...], ...], tuple[tuple[LayoutConverter, ...], ...]]
    ]:
        """Implementations with their start and the converters before each input.

        Several inputs are made parallel, and those that are ready early wait for the last.
        """
        options, wiring = self.options[layer.name], self.builder.port_wiring
        if len(inputs) == 1:
            ((ready, layout),) = inputs
            for option in options.implementations(layout, most):
                before = wiring.at_input(layer.inputs[0], layout, self._waiting(layer, option))
                chain = (*before, *option.converters)
                yield option, ready + cycles_of(chain), (chain,), (before,)
            return
        lead = LEAD_CYCLES if self.builder.graph.sets > 1 else 0
        first = [
            wiring.at_input(name, own, max(lead - cycles_of(to_parallel(own)), 0))
            for name, (_, own) in zip(layer.inputs, inputs, strict=True)
        ]
        chains = [
            (*own, *to_parallel(layout, wiring.pipelining.most_loads))
            for own, (_, layout) in zip(first, inputs, strict=True)
        ]
        arrivals = [ready + cycles_of(chain) for (ready, _), chain in zip(inputs, chains, strict=True)]
        start = max(arrivals)
        converters = tuple(
            delayed(chain, layout, start - arrival)
            for (_, layout), chain, arrival in zip(inputs, chains, arrivals, strict=True)
        )
        for option in options.implementations(Layout.parallel(inputs[0][1].size), most):
            yield option, start, converters, converters

    def _waiting(self, layer: HardwareLayer, option: Implementation) -> int:
        """Cycles for which an input waits: where channels have their own weights, these must be chosen before."""
        if self.builder.graph.sets == 1:
            return 0
        own = cycles_of(option.converters) if layer.sets > 1 else option.latency_cycles
        return max(LEAD_CYCLES - own, 0)
