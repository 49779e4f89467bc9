"""The search over streaming designs: a tile interval and a tile design for each segment, and a design of the tail.

A partial design covers the segments so far: the arrival of each word of the last image, and its cost. One that
another one beats in all words and in DSPs cannot become part of a better design, so dropping it preserves the optimum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.cost_model import STREAMING_ERROR
from bxnn.compiler.cost.stream_cost import stream_cost
from bxnn.compiler.errors import InternalError, ScheduleError
from bxnn.compiler.hardware.design_front import FrontDesign, front_of
from bxnn.compiler.hardware.objective import Aim, BestTried, Goal, Objective
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.stream.frame_collector import COLLECT_CYCLES
from bxnn.compiler.hardware.stream.port_registers import entry_cycles
from bxnn.compiler.hardware.stream.segment_schedule import SegmentSchedule
from bxnn.compiler.hardware.stream.stream_plan import Segment, StreamPlan
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.stream.tile_sequencer import READ_CYCLES
from bxnn.compiler.hardware.stream.window_former import WINDOW_CYCLES
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.pareto import undominated
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.bounds import Least
from bxnn.compiler.schedule.budget import Budget, NoDesignError, OutOfReachError, no_design_fits
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import PartialDesign, Search
from bxnn.compiler.schedule.stream.intervals import tile_intervals
from bxnn.compiler.schedule.stream.partial_stream import ChosenSegment, Design, PartialStream, pruned
from bxnn.compiler.schedule.stream.timing import Arrival, buffer_rows, read_cycles


class FrameRateError(ScheduleError):
    """A segment cannot keep up with the frames.

    Attributes:
        needed_cycles: The smallest initiation interval with which it may be able to keep up.
    """

    def __init__(self, subject: str, problem: str, needed_cycles: int) -> None:
        super().__init__(subject, problem)
        self.needed_cycles = needed_cycles


class StreamSearch:
    """Finds the schedule of a streaming network.

    Args:
        plan: The network, divided into segments.
        initiation_interval: Cycles between frames.
        settings: The user's choices by layer name.
        multiplier: The device's DSP slice.
        strategy: For layers whose settings do not name one.
        pipelining: Where the registers are, without a clock.
        clocks: The clock by which registers are placed, if the delays of the device are known.

    Raises:
        ScheduleError: If frames arrive faster than their beats or than a segment can process them, or a layer has no
            form.
        ToolError: If a layer needs a tool that is not installed.
    """

    def __init__(
        self,
        plan: StreamPlan,
        initiation_interval: int,
        settings: Mapping[str, LayerSettings],
        multiplier: Multiplier,
        strategy: Strategy = "auto",
        pipelining: Pipelining = EVERY_REGISTER,
        clocks: Sequence[ClockTarget] = (),
    ) -> None:
        self.plan, self.initiation_interval = plan, initiation_interval
        self.settings, self.multiplier, self.strategy = settings, multiplier, strategy
        self.pipelining, self.clocks = pipelining, clocks
        self._tried: dict[tuple[str, int], tuple[int, list[PartialDesign]]] = {}
        self._refusals: dict[str, ScheduleError] = {}
        self.tail = None if plan.tail is None else self._search(plan.tail, initiation_interval)

    def _search(self, graph: Graph, interval: int) -> Search:
        """For a tile or the tail: registers come before either, and only the tail may end at a port."""
        at_port = graph is self.plan.tail and self.pipelining.output_register
        inside = replace(self.pipelining, input_register=False, output_register=at_port)
        return Search(graph, interval, self.settings, self.multiplier, self.strategy, False, inside, self.clocks)

    def best(self, budget: Budget, board_dsp: int) -> StreamSchedule:
        """The schedule with the lowest latency within a DSP budget, or with the fewest DSPs within a latency budget.

        Without a budget, the one with the smallest product of DSPs and latency: twice the DSPs must halve the latency.
        A budget of LUTs filters the designs that are best in latency and DSPs: it is exact for those, but does not
        consider designs that trade either for LUTs.

        Raises:
            OutOfReachError: If the latency is less than a frame takes to arrive; nothing has been built by then.
            ScheduleError: If no design fits; the message names the closest ones.
        """
        limits = budget.within(Budget(dsp=board_dsp))
        least = Least(latency_cycles=self.plan.beats)
        if not limits.allows(least):
            raise OutOfReachError(f"{self._described} in {counted(self.plan.beats, 'beat')} per frame", limits, least)
        front = self.pareto_front()
        fitting = [design for design in front if replace(limits, lut=None).allows(design)]
        if not fitting:
            raise self._infeasible(front, limits)
        ordered, aim = self._ordered(fitting, budget, limits)
        evaluated = sum(count for count, _ in self._tried.values())
        evaluated += self.tail.evaluated if self.tail else 0
        if limits.lut is None:
            objective = Objective(aim, BestTried(evaluated))
            return self._with_front(self._schedule(ordered[0], objective), front, limits)
        objective = Objective(aim, BestTried(evaluated, len(front)))
        return self._with_front(self._within_luts(ordered, limits, objective), front, limits)

    def _with_front(self, found: StreamSchedule, front: list[Design], limits: Budget) -> StreamSchedule:
        """The schedule, with the designs from which it was chosen; only the schedule has been priced."""
        assert found.cost is not None
        limits = replace(limits, lut=None)
        designs = [FrontDesign(found.latency_cycles, found.dsp, found.cost.lut, found.cost.ff, chosen=True)]
        for design in front:
            if (design.latency_cycles, design.dsp) != (found.latency_cycles, found.dsp):
                designs.append(FrontDesign(design.latency_cycles, design.dsp, fits=limits.allows(design)))
        return replace(found, front=front_of(designs))

    def _within_luts(self, ordered: list[Design], limits: Budget, objective: Objective) -> StreamSchedule:
        """The first of some designs whose predicted LUTs meet the limit.

        Raises:
            NoDesignError: If none does.
        """
        priced: list[Design] = []
        for design in ordered:
            schedule = self._schedule(design, objective)
            assert schedule.cost is not None
            priced.append(replace(design, lut=schedule.cost.lut))
            if limits.allows(priced[-1]):
                return schedule
        raise self._infeasible(priced, limits)

    def _ordered(self, fitting: list[Design], budget: Budget, limits: Budget) -> tuple[list[Design], Aim]:
        """The designs that fit, best first, and what orders them."""
        if budget.latency_cycles is not None and budget.dsp is None:
            smallest = sorted(fitting, key=_dsp_and_latency)
            return smallest, Aim(Goal.FEWEST_DSPS, latency_cycles=budget.latency_cycles, lut=budget.lut)
        if budget.dsp is None:
            balanced = sorted(fitting, key=lambda d: (d.dsp * d.latency_cycles, d.latency_cycles))
            return balanced, Aim(Goal.SMALLEST_PRODUCT, lut=budget.lut)
        assert limits.dsp is not None
        fastest = sorted(fitting, key=lambda d: (d.latency_cycles, d.dsp))
        return fastest, Aim(Goal.LOWEST_LATENCY, dsp=limits.dsp, lut=budget.lut)

    def pareto_front(self) -> list[Design]:
        """All designs that no other design dominates in latency and DSPs."""
        partials = [PartialStream(Arrival.of_beats(self.plan.rows, self.plan.beats_per_row), 0, ())]
        for segment in self.plan.segments:
            partials = pruned([new for partial in partials for new in self._extended(partial, segment)])
            if not partials:
                raise self._refusals.get(segment.graph.name) or self._too_fast(segment)
        entry, at_output = entry_cycles(self.pipelining), int(self.pipelining.output_register)
        tails: list[PartialDesign | None] = [None] if self.tail is None else list(self.tail.pareto_front())
        designs = [
            Design(
                partial,
                tail,
                entry + partial.last_cycle + COLLECT_CYCLES + (tail.latency_cycles if tail else at_output),
                partial.dsp + (tail.dsp if tail else 0),
            )
            for partial in partials
            for tail in tails
        ]
        return undominated(sorted(designs, key=_dsp_and_latency), _dsp_and_latency)

    def _extended(self, partial: PartialStream, segment: Segment) -> Iterator[PartialStream]:
        outputs = segment.graph.tensors()[segment.layers[0]].size
        for interval in tile_intervals(segment.tiling, outputs, partial.arrival, self.initiation_interval):
            not_before = self.plan.beats - 1 + READ_CYCLES if segment is self.plan.segments[-1] else 0
            reads = read_cycles(segment.tiling, partial.arrival.cycles, interval, self.initiation_interval, not_before)
            rows = (
                None if reads is None else buffer_rows(segment.tiling, partial.arrival, reads, self.initiation_interval)
            )
            if reads is None or rows is None:
                continue
            causes = reads[segment.tiling.completing_reads()]
            try:
                tiles = self._tiles(segment, interval)
            except ScheduleError as error:  # a reuse factor longer than this interval, or no interval will do
                self._refusals[segment.graph.name] = error
                continue
            for tile in tiles:
                arrival = Arrival(causes + WINDOW_CYCLES + tile.latency_cycles, causes)
                chosen = ChosenSegment(segment, interval, reads, rows, tile)
                yield PartialStream(arrival, partial.dsp + tile.dsp, (*partial.chosen, chosen))

    def _tiles(self, segment: Segment, interval: int) -> list[PartialDesign]:
        """Designs of a tile at a given interval; everything else that the search for them found is forgotten."""
        key = segment.graph.name, interval
        if key not in self._tried:
            search = self._search(segment.graph, interval)
            front = search.pareto_front()
            self._tried[key] = search.evaluated, front
        return self._tried[key][1]

    def _schedule(self, design: Design, objective: Objective) -> StreamSchedule:
        segments = []
        for chosen in design.stream.chosen:
            builder = self._search(chosen.segment.graph, chosen.tile_interval).builder
            schedule = builder.schedule(chosen.tile, objective, lead=WINDOW_CYCLES)
            segments.append(SegmentSchedule(chosen.segment, chosen.tile_interval, chosen.reads, chosen.rows, schedule))
        tail = None
        if self.tail is not None and design.tail is not None:
            tail = self.tail.builder.schedule(design.tail, objective, lead=COLLECT_CYCLES)
        found = StreamSchedule(self.plan, self.initiation_interval, tuple(segments), tail, objective, ())
        found = replace(found, pipelining=self.pipelining)
        found.verify()
        found = replace(found, cost=stream_cost(found), cost_error=STREAMING_ERROR)
        if (found.latency_cycles, found.dsp) != (design.latency_cycles, design.dsp):
            raise InternalError(self.plan.name, "the cost of the schedule differs from the estimate")
        return found

    @property
    def _described(self) -> str:
        return f"{self.plan.name} at initiation_interval {self.initiation_interval}"

    def _too_fast(self, segment: Segment) -> FrameRateError:
        tiling = segment.tiling
        needed = max(tiling.tiles, tiling.output_rows * tiling.reads + tiling.flush_reads, self.initiation_interval + 1)
        return FrameRateError(
            f"{segment.layers[0]} ({segment.graph.layer(segment.layers[0]).kind})",
            f"needs {counted(needed, 'cycle')} per frame for its {counted(tiling.tiles, 'tile')}, but "
            f"initiation_interval is {self.initiation_interval}; use at least {needed}",
            needed,
        )

    def _infeasible(self, designs: list[Design], limits: Budget) -> NoDesignError:
        """The error that no design fits, with the closest ones; without LUTs if those were not priced."""
        known = limits if designs[0].lut else replace(limits, lut=None)
        return NoDesignError(
            self._described,
            no_design_fits(known, designs),
        )


def _dsp_and_latency(design: Design) -> tuple[int, int]:
    return design.dsp, design.latency_cycles
