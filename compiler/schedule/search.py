"""The search: the best combination of implementations over the whole network, by exact dynamic programming.

A partial design covers the layers so far: the cycle and layout of each tensor that is still needed, and its cost.
One that another one dominates cannot become part of a better design, so dropping it preserves the optimum; what
survives to the end is the Pareto front of latency against DSPs, and against LUTs if they count. A design that exceeds
a limit once the least that the other layers need is added is dropped as well.

LUTs take so many values that the front may explode. If more than `MOST_DESIGNS` have equal layouts, one that is better
than another by a few LUTs only is dropped: at most `LUT_SLACK_PERCENT` of the budget, over all layers (`order_walk`).
The smallest latency among those kept, with that much more allowed, then bounds the latency of all designs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.objective import Objective
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.amount import Amount
from bxnn.compiler.schedule.bounds import Least, least_of_network
from bxnn.compiler.schedule.budget import EXPLAINED, Budget, NoDesignError, OutOfReachError, no_design_fits
from bxnn.compiler.schedule.clock_missed import ClockMissedError
from bxnn.compiler.schedule.design_table import DesignTable
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.first_closing import first_closing
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.layer_options import layer_options
from bxnn.compiler.schedule.order_walk import Bounds, OrderWalk
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.port_wiring import PortWiring
from bxnn.compiler.schedule.ranking import Ranking
from bxnn.compiler.schedule.schedule_builder import ScheduleBuilder
from bxnn.compiler.schedule.search_order import Order, in_either_order
from bxnn.compiler.schedule.searched_front import front_around
from bxnn.compiler.schedule.solved_bounds import adders_fit
from bxnn.compiler.schedule.ways import Ways

__all__ = ["Budget", "PartialDesign", "Search"]

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
        clocks: Those of which a design must meet one, the strictest first, by which registers are placed; none if the
            delays of the device are not known.

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
        clocks: Sequence[ClockTarget] = (),
    ) -> None:
        self.graph, self.clocks = graph, clocks
        self.initiation_interval, self.priced = initiation_interval, priced
        placing = clocks[0] if clocks else None
        self.options = layer_options(
            graph, initiation_interval, settings, multiplier, strategy, priced, pipelining, placing
        )
        ports = PortWiring(graph.inputs, graph.tensors(), pipelining)
        self.builder = ScheduleBuilder(graph, self.options, initiation_interval, ports)
        self.evaluated = self.slack = 0
        self._ranking = Ranking(NO_LIMITS, NO_LIMITS, priced)
        self._ways = Ways(self.options, self.builder, graph.outputs, priced)

    @cached_property
    def _least(self) -> Mapping[str, Least]:
        return {name: options.least for name, options in self.options.items()}

    @cached_property
    def least(self) -> Least:
        """The minimum that every design needs."""
        return least_of_network(self.graph, self._least)

    @property
    def _described(self) -> str:
        return f"{self.graph.name} at initiation_interval {self.initiation_interval}"

    def best(self, budget: Budget, board_dsp: int) -> Schedule:
        """The schedule with the lowest latency within a DSP budget, or with the fewest DSPs without one.

        If the best design misses the clock, implementations that cannot meet it are left out, and the best of the
        others that meets it is taken.

        Raises:
            OutOfReachError: If a limit is below what every design needs; nothing has been built by then.
            NoDesignError: If no design fits; the message names the closest ones and what they miss.
            ClockMissedError: The path on which the fastest design misses the strictest clock, if none meets any.
        """
        limits = budget.within(Budget(dsp=board_dsp))
        if not limits.allows(self.least):
            raise OutOfReachError(self._described, limits, self.least)
        if not EXPLAINED.get():
            if limits.lut is not None and not adders_fit(self.options, limits.lut):
                raise self._infeasible(limits)
            found = self._as_if_unpriced(budget, limits)
            if found is not None:
                return found
        return self._first(budget, limits, self.clocks)

    def _first(self, budget: Budget, limits: Budget, clocks: Sequence[ClockTarget]) -> Schedule:
        """The best schedule, or the best that meets the first of the clocks that can be met."""
        self._ranking = Ranking(NO_LIMITS, NO_LIMITS, self.priced)
        if not clocks:
            return next(self._schedules(budget, limits))
        return first_closing(self.graph, clocks, self.options, lambda: self._schedules(budget, limits))

    def _as_if_unpriced(self, budget: Budget, limits: Budget) -> Schedule | None:
        """The best schedule, if neither LUTs nor the clock keep it from the fewest cycles and DSPs.

        Those are found without the cost of any implementation in LUTs; then the few that are within them are priced.
        The schedule is that of a search with all limits, but its objective and its front name those of this one.

        Returns:
            ``None`` if LUTs may decide.

        Raises:
            NoDesignError: If no design has few enough of both.
        """
        aimed = budget.dsp is not None or budget.latency_cycles is not None
        if not self.priced or not aimed or any(options.lut is not None for options in self.options.values()):
            return None
        known = limits.without([Amount.LUT])
        front = self._front(known, unpriced=True)
        if not front:
            raise self._infeasible(limits)
        best = Ranking(budget, limits, False).best(front)
        nearest = replace(limits, dsp=best.dsp, latency_cycles=best.latency_cycles)
        try:
            return self._first(budget, nearest, self.clocks[:1])
        except (NoDesignError, ClockMissedError):
            return None

    def _schedules(self, budget: Budget, limits: Budget) -> Iterator[Schedule]:
        """The schedules of the front that are within the limits, the best first.

        Args:
            budget: What the user limits.
            limits: The same and the device.

        Raises:
            NoDesignError: If there is none, though no implementation was left out.
        """
        self.evaluated = 0
        slow = tuple(name for name, options in self.options.items() if options.closing.clock is not None)
        while True:
            for name in slow:
                self.options[name].closing.most_dsp = self._ranking.limits.dsp
            front = self.pareto_front(limits if self.priced else Budget())
            complete = [self.builder.balanced(design) for design in front] if self.priced else front
            fitting = [design for design in complete if limits.allows(design)]
            if not fitting and not slow:
                raise self._infeasible(limits)
            if slow and (not fitting or self._ranking.within(fitting)):
                break
            self._ranking = self._ranked(fitting, budget, limits)
            if not slow:
                break
        while inside := self._ranking.within(fitting):
            chosen = self._ranking.best(inside)
            evidence = self._ranking.evidence(chosen, front, self.evaluated, self.slack)
            found = self.builder.schedule(chosen, Objective(self._ranking.aim, evidence, left_out=slow))
            yield replace(found, front=front_around(found, chosen, complete, limits, self.priced))
            fitting.remove(chosen)

    def _ranked(self, fitting: Sequence[PartialDesign], budget: Budget, limits: Budget) -> Ranking:
        """What is best: without a DSP budget, the DSPs that all MACs take at full efficiency are one.

        Or a sixteenth more than the smallest design takes: saving a few DSPs through zero weights or the narrowest
        lanes must not cost latency.
        """
        multipliers = sum(options.multipliers for options in self.options.values())
        if budget.dsp is None and budget.latency_cycles is None:
            least = min(design.dsp for design in fitting) * 17 // 16
            limits = replace(limits, dsp=max(ceil_div(multipliers, self.initiation_interval), least))
        return Ranking(budget, limits, self.priced)

    def pareto_front(self, limits: Budget = NO_LIMITS) -> list[PartialDesign]:
        """All complete designs that no other design dominates in latency and DSPs, and in LUTs if they count.

        Args:
            limits: Partial designs beyond them are dropped. With a limit on LUTs, the front may be thinned out, and
                designs that exceed it by ``slack`` LUTs are kept.
        """
        return self._front(limits)

    def _front(self, limits: Budget, unpriced: bool = False) -> list[PartialDesign]:
        """The same; LUTs do not count if it is unpriced."""
        start = DesignTable.of_inputs(self.builder.input_layouts)
        spare = None if limits.dsp is None else limits.dsp - self.least.dsp
        bounds = Bounds(self._least, limits, spare, unpriced)

        def begun(order: Order) -> OrderWalk:
            return OrderWalk(self.graph, order, start, self._ways, bounds)

        found, walks = in_either_order(self.graph, begun)
        self.evaluated += sum(walk.evaluated for walk in walks)
        self.slack = walks[-1].slack
        return found

    def _infeasible(self, limits: Budget) -> NoDesignError:
        """The error that no design fits, with the closest ones if they are wanted."""
        if not EXPLAINED.get():
            return NoDesignError(self._described, f"no design fits {limits}")
        designs = list(self.pareto_front()) if not self.priced else []
        if self.priced:
            for amount in limits.limits:
                designs += self.pareto_front(limits.without([amount]))
        if not any(len(limits.excess(design)) == 1 for design in designs):
            designs += self.pareto_front(Budget())
        return NoDesignError(self._described, no_design_fits(limits, designs))
