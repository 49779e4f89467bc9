"""The implementations of a linear map without DSPs: adder graphs of different shapes and pipeline depths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline, stages_needed
from bxnn.compiler.hardware.delays.path_delay import Entry
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import code_bits
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.bounds import Least, least_adders_cost, tree_depth
from bxnn.compiler.schedule.clock_missed import ClockMissedError
from bxnn.compiler.schedule.converters import cycles_of, to_parallel
from bxnn.compiler.schedule.implementation import Implementation, LayerSettings
from bxnn.compiler.schedule.lut.adder_estimate import LEAST_SHARE
from bxnn.compiler.schedule.lut.adder_recipe import AdderRecipe
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver


class LutImplementations:
    """Enumerates and builds the adder graphs of one linear map.

    Args:
        subject: The layer, for error messages.
        linear: The map.
        source: Tensor of its input.
        settings: The user's choices.
        reader_depth: Logic, in adders, before the first registers of the layer's readers; ``None`` if a result must
            be registered.
        priced: Whether LUTs count: if so, pipelines with fewer adders per stage, or of another graph, are separate
            implementations if they cost fewer LUTs.
        pipelining: Where the registers are if neither the settings nor the clock say so.
        clock: The clock that judges the paths, if the delays of the device are known.
        reader: What a result drives in the readers; ``None`` if it must be registered.

    Raises:
        ScheduleError: If the settings contradict each other or the map is too large.
        ToolError: If the solver is not installed.
    """

    def __init__(
        self,
        subject: str,
        linear: LinearMap,
        source: Tensor,
        settings: LayerSettings,
        reader_depth: int | None,
        priced: bool,
        pipelining: Pipelining,
        clock: ClockTarget | None = None,
        reader: Entry | None = None,
    ) -> None:
        self.clock, self.reader = clock, reader
        self._most_loads = pipelining.most_loads
        self._most_adders = settings.adders_per_stage or pipelining.adders_per_stage
        self.subject, self.linear, self.settings = subject, linear, settings
        self.reader_depth, self.priced = reader_depth, priced
        if settings.of_dsp is not None:
            raise ScheduleError(subject, f"{settings.of_dsp} applies to strategy dsp; remove one of the two")
        self._zeros = np.zeros(source.size, np.int64) if source.zeros is None else source.zeros.ravel()
        low, high = (codes.ravel() >> self._zeros for codes in (source.low, source.high))
        self._solver = AdderSolver(subject, linear.without_zeros(self._zeros), low, high)

    def all_implementations(self, layout: Layout) -> Iterator[Implementation]:
        """All implementations after a producer that writes ``layout``."""
        converters = to_parallel(layout, self._most_loads) if layout.is_serial else ()
        source = converters[-1].result if converters else layout
        result = Layout.pulse(self.linear.outputs)
        for pipeline in self.pipelines:
            cycles = cycles_of(converters) + pipeline.latency_cycles
            recipe = AdderRecipe(pipeline, self.subject, self.linear, self._zeros)
            yield Implementation(recipe, converters, source, result, cycles, adder_bits=pipeline.lut_estimate)

    @cached_property
    def pipelines(self) -> list[AdderPipeline]:
        """The pipelines worth having: fewest cycles first, each with fewer LUTs than all before."""
        most = self._most_adders
        if self.clock is not None and self.settings.adders_per_stage is None:
            return self._placed(self.clock)
        if not self.priced:
            return [self._solver.pipeline(most, self._open_adders(most))]
        fewest = most if self.settings.adders_per_stage is not None else 1
        found = [
            pipeline
            for adders in range(fewest, most + 1)
            for pipeline in self._solver.pipelines(adders, self._open_adders(adders))
        ]
        ordered = sorted(found, key=lambda pipeline: (pipeline.latency_cycles, *_cost(pipeline)))
        return undominated(ordered, lambda pipeline: (pipeline.latency_cycles, _cost(pipeline)[0]))

    @cached_property
    def closes(self) -> bool:
        """Whether a single adder fits between two registers."""
        try:
            return bool(self.pipelines)
        except ClockMissedError:
            return False

    def _placed(self, clock: ClockTarget) -> list[AdderPipeline]:
        """Those with registers where the clock needs them.

        Raises:
            ClockMissedError: If a single adder is too slow.
        """
        placements = self._solver.placements(clock.technology, clock.limit_ns, self.reader)
        found = [placement.pipeline for placement in placements if placement.fits]
        if not found:
            slowest = min(placement.slowest for placement in placements)
            raise ClockMissedError(self.subject, PathClass.DATA, slowest, clock)
        ordered = sorted(found, key=lambda pipeline: (pipeline.latency_cycles, *_cost(pipeline)))
        if not self.priced:
            best = min(ordered, key=lambda found: (found.latency_cycles, found.lut_estimate + found.register_bits))
            return [best]
        return undominated(ordered, lambda pipeline: (pipeline.latency_cycles, _cost(pipeline)[0]))

    @property
    def least(self) -> Least:
        """The minimum that every implementation needs, before any graph is solved."""
        adders, open_adders = self._most_in_a_stage
        depth = tree_depth(int(self._solver.digits.max(initial=0)))
        cycles = stages_needed(depth, adders, open_adders)
        lut = least_adders_cost(self._solver.weights, self._solver.digits) if self.priced else 0
        return Least(0, lut, cycles)

    @property
    def digits(self) -> int:
        """Nonzero signed digits of all weights."""
        return int(self._solver.digits.sum())

    @property
    def digit_bits(self) -> int:
        """The same times the bits of the widest input: about what the adders of a graph have, which shares some."""
        return self.digits * max(map(code_bits, self._solver.low.tolist(), self._solver.high.tolist()), default=0)

    def estimated_lut(self, most: int) -> int:
        """LUTs that the adders of every graph are taken to need, by a quick estimate.

        Args:
            most: Where it goes far beyond, the estimate is of a part of the map.
        """
        bits = self._solver.estimated_adder_bits(2 * most)
        return cost_of(Fabric(adder_bits=int(LEAST_SHARE * bits))).lut

    @property
    def solved_lut(self) -> int:
        """LUTs of the adders of the smallest graph: what every implementation needs."""
        return min(cost_of(Fabric(adder_bits=int(graph.adder_bits.sum()))).lut for graph in self._solver.graphs)

    @property
    def _most_in_a_stage(self) -> tuple[int, int]:
        """Numbers of adders between two registers, and after the last one, that no pipeline exceeds."""
        if self.clock is None or self.settings.adders_per_stage is not None:
            return self._most_adders, self._open_adders(self._most_adders)
        adders = max(int(self.clock.limit_ns / self.clock.technology.least_adder_ns), 1)
        return adders, 0 if self.reader is None else adders

    def _open_adders(self, adders_per_stage: int) -> int:
        """Whether results may end in logic, followed by the readers' registers."""
        return 0 if self.reader_depth is None else max(adders_per_stage - self.reader_depth, 0)


def _cost(pipeline: AdderPipeline) -> tuple[int, int]:
    cost = cost_of(pipeline.fabric)
    return cost.lut, cost.ff
