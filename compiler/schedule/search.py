"""The search: the best combination of implementations over the whole network, by exact dynamic programming.

A partial design covers the layers so far: the cycle and layout of each tensor that is still needed, and its cost.
One that another one dominates cannot become part of a better design, so dropping it preserves the optimum; what
survives to the end is the Pareto front of latency against DSPs, and against LUTs if they count.

LUTs take so many values that the front may explode. If more than `MOST_DESIGNS` have equal layouts, one that is better
than another by a few LUTs only is dropped: at most `LUT_SLACK_PERCENT` of the budget, over all layers. The smallest
latency among those kept, with that much more allowed, then bounds the latency of all designs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.objective import Aim, Bounded, Evidence, Goal, Objective, Optimal
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.amount import Amount
from bxnn.compiler.schedule.bounds import Least, least_of_network
from bxnn.compiler.schedule.budget import Budget, NoDesignError, OutOfReachError, no_design_fits
from bxnn.compiler.schedule.converters import cycles_of, delayed, to_parallel
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import Implementation, LayerSettings
from bxnn.compiler.schedule.layer_options import layer_options
from bxnn.compiler.schedule.partial_design import Choice, PartialDesign, possible, prune
from bxnn.compiler.schedule.port_wiring import PortWiring
from bxnn.compiler.schedule.schedule_builder import ScheduleBuilder
from bxnn.compiler.schedule.searched_front import front_around

__all__ = ["Budget", "PartialDesign", "Search"]

LUT_SLACK_PERCENT = 1  # of the LUT budget, over all layers
NO_LIMITS = Budget()


class Search:
    """Finds the schedule of a network.

    Args:
        graph: After the pipeline.
        initiation_interval: Cycles between events.
        settings: The user's choices by layer name.
        multiplier: The device's DSP slice.
        strategy: For layers whose settings do not name one.
        priced: Whether LUTs count: if so, designs carry their predicted cost, and strategy ``auto`` means DSPs and
            adder graphs rather than DSPs.
        pipelining: Where the registers are, without a clock.
        clock: The clock that judges the paths, if the delays of the device are known.

    Raises:
        ScheduleError: If some layer has no implementation.
        ToolError: If a layer needs a tool that is not installed.
    """

    def __init__(
        self,
        graph: Graph,
        initiation_interval: int,
        settings: Mapping[str, LayerSettings],
        multiplier: Multiplier,
        strategy: Strategy = "auto",
        priced: bool = False,
        pipelining: Pipelining = EVERY_REGISTER,
        clock: ClockTarget | None = None,
    ) -> None:
        self.graph = graph
        self.initiation_interval, self.priced = initiation_interval, priced
        self.tensors = graph.tensors()
        self.options = layer_options(
            graph, initiation_interval, settings, multiplier, strategy, priced, pipelining, clock
        )
        ports = PortWiring(graph.inputs, pipelining)
        self.builder = ScheduleBuilder(graph, self.options, initiation_interval, ports)
        self.evaluated = 0
        self.slack = 0
        self._most_dsp: int | None = None
        self._at_ports: dict[Implementation, tuple[int, ResourceUsage]] = {}  # options are distinguished by identity

    @property
    def least(self) -> Least:
        """The minimum that every design needs."""
        return least_of_network(self.graph, {name: options.least for name, options in self.options.items()})

    @property
    def _described(self) -> str:
        return f"{self.graph.name} at initiation_interval {self.initiation_interval}"

    def best(self, budget: Budget, board_dsp: int) -> Schedule:
        """The schedule with the lowest latency within a DSP budget, or with the fewest DSPs without one.

        Raises:
            OutOfReachError: If a limit is below what every design needs; nothing has been built by then.
            NoDesignError: If no design fits; the message names the closest ones and what they miss.
        """
        limits = budget.within(Budget(dsp=board_dsp))
        if not limits.allows(self.least):
            raise OutOfReachError(self._described, limits, self.least)
        front = self.pareto_front(limits if self.priced else Budget())
        complete = [self._balanced(design) for design in front]
        fitting = [design for design in complete if limits.allows(design)]
        if not fitting:
            raise self._infeasible(limits)
        chosen, aim = self._chosen(fitting, budget, limits)
        found = self.builder.schedule(chosen, Objective(aim, self._evidence(chosen, front, budget, limits)))
        return replace(found, front=front_around(found, chosen, complete, limits, self.priced))

    def _chosen(self, fitting: list[PartialDesign], budget: Budget, limits: Budget) -> tuple[PartialDesign, Aim]:
        """The best of the designs that fit, and what makes it the best.

        Without a DSP budget, the budget is the DSPs that all MACs take at full efficiency, or a sixteenth more than the
        smallest design takes: saving a few DSPs through zero weights or the narrowest lanes must not cost latency.
        """
        aim = Aim(Goal.LOWEST_LATENCY, lut=budget.lut, priced=self.priced)
        if _wants_fewest_dsp(budget):
            smallest = min(fitting, key=lambda d: (d.dsp, d.latency_cycles, d.lut, d.adder_bits))
            return smallest, replace(aim, goal=Goal.FEWEST_DSPS, latency_cycles=budget.latency_cycles)
        limit = limits.dsp
        if budget.dsp is None:
            multipliers = sum(options.multipliers for options in self.options.values())
            smallest_dsp = min(design.dsp for design in fitting)
            limit = max(ceil_div(multipliers, self.initiation_interval), smallest_dsp * 17 // 16)
        assert limit is not None
        inside = [design for design in fitting if design.dsp <= limit]
        fastest = min(inside, key=lambda design: (design.latency_cycles, design.dsp, design.lut, design.adder_bits))
        return fastest, replace(aim, dsp=limit)

    def _evidence(self, chosen: PartialDesign, front: list[PartialDesign], budget: Budget, limits: Budget) -> Evidence:
        """Why nothing is better, or how much better something could be."""
        if self.slack == 0:
            return Optimal(self.evaluated)
        assert budget.lut is not None
        relaxed = replace(limits, lut=budget.lut + self.slack)
        bound, _ = self._chosen([design for design in front if relaxed.allows(design)], budget, relaxed)
        amount = Amount.DSP if _wants_fewest_dsp(budget) else Amount.LATENCY_CYCLES
        found, least = amount.of(chosen), amount.of(bound)
        return Optimal(self.evaluated, self.slack) if found == least else Bounded(self.evaluated, least)

    def pareto_front(self, limits: Budget = NO_LIMITS) -> list[PartialDesign]:
        """All complete designs that no other design dominates in latency and DSPs, and in LUTs if they count.

        Args:
            limits: Partial designs beyond them are dropped. With a limit on LUTs, the front may be thinned out, and
                designs that exceed it by ``slack`` LUTs are kept.
        """
        ready = {name: (0, layout) for name, layout in self.builder.input_layouts.items()}
        designs = [PartialDesign(ready, 0, 0, 0, ())]
        step = 0 if limits.lut is None else limits.lut * LUT_SLACK_PERCENT // (100 * max(len(self.options), 1))
        allowed = limits if limits.lut is None else replace(limits, lut=limits.lut + step * len(self.options))
        self.slack, self._most_dsp = 0, limits.dsp
        for index, layer in enumerate(self.graph.layers):
            if isinstance(layer, HardwareLayer):
                needed = self._needed_after(index)
                extended = (new for design in designs for new in self._extended(design, layer, needed))
                designs, thinned = prune([design for design in extended if possible(design, allowed)], step)
                self.slack += step * thinned
        return designs

    def _needed_after(self, index: int) -> frozenset[str]:
        return frozenset(name for layer in self.graph.layers[index + 1 :] for name in layer.inputs)

    def _extended(self, design: PartialDesign, layer: HardwareLayer, needed: frozenset[str]) -> Iterator[PartialDesign]:
        kept = {name: value for name, value in design.ready.items() if name in needed}
        for choice in self._choices(design, layer):
            self.evaluated += 1
            option = choice.option
            end = choice.start_cycle + option.latency_cycles - cycles_of(option.converters)
            ready = {**kept, layer.name: (end, option.result)} if layer.name in needed else kept
            latency, cost = design.latency_cycles, ResourceUsage(option.lut, option.ff)
            if layer.name in self.graph.outputs:
                if option not in self._at_ports:
                    chain = self.builder.port_wiring.at_output(option.result)
                    wiring = self.builder.wiring([(layer.name, chain)]) if self.priced else ResourceUsage()
                    self._at_ports[option] = cycles_of(chain), wiring
                cycles, wiring = self._at_ports[option]
                latency, cost = max(latency, end + cycles), cost + wiring
            if self.priced:
                cost += self.builder.wiring(zip(layer.inputs, choice.added, strict=True))
            yield PartialDesign(
                ready,
                design.dsp + option.dsp,
                design.adder_bits + option.adder_bits,
                latency,
                (*design.chosen, choice),
                design.lut + cost.lut,
                design.ff + cost.ff,
            )

    def _choices(self, design: PartialDesign, layer: HardwareLayer) -> Iterator[Choice]:
        """All implementations of a layer that can follow a partial design.

        Several inputs are made parallel, and those that are ready early wait for the last.
        """
        inputs = [design.ready[name] for name in layer.inputs]
        first = [self.builder.port_wiring.at_input(name, design.ready[name][1]) for name in layer.inputs]
        if len(inputs) == 1:
            ready, layout = inputs[0]
            for option in self.options[layer.name].implementations(layout, self._most_dsp):
                chain = (*first[0], *option.converters)
                yield Choice(option, ready + cycles_of(chain), (chain,), (first[0],))
            return
        chains = [(*start, *to_parallel(layout)) for start, (_, layout) in zip(first, inputs, strict=True)]
        arrivals = [ready + cycles_of(chain) for (ready, _), chain in zip(inputs, chains, strict=True)]
        start = max(arrivals)
        converters = tuple(
            delayed(chain, layout, start - arrival)
            for (_, layout), chain, arrival in zip(inputs, chains, arrivals, strict=True)
        )
        for option in self.options[layer.name].implementations(Layout.parallel(inputs[0][1].size), self._most_dsp):
            yield Choice(option, start, converters, converters)

    def _balanced(self, design: PartialDesign) -> PartialDesign:
        """A complete design with the delays that balance its outputs, which are only known now."""
        if not self.priced or len(self.graph.outputs) == 1:
            return design
        delays = self.builder.balancing(design)
        cost = self.builder.wiring(zip(self.graph.outputs, delays, strict=True))
        return replace(design, lut=design.lut + cost.lut, ff=design.ff + cost.ff)

    def _infeasible(self, limits: Budget) -> NoDesignError:
        """The error that no design fits, with the closest ones."""
        designs = list(self.pareto_front()) if not self.priced else []
        if self.priced:
            for amount in limits.limits:
                designs += self.pareto_front(limits.without([amount]))
        if not any(len(limits.excess(design)) == 1 for design in designs):
            designs += self.pareto_front(Budget())
        return NoDesignError(self._described, no_design_fits(limits, designs))


def _wants_fewest_dsp(budget: Budget) -> bool:
    """Whether the objective is the fewest DSPs rather than the lowest latency."""
    return budget.latency_cycles is not None and budget.dsp is None
