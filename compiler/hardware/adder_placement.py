"""Registers in an adder graph where the clock needs them: every adder as early as its operands' arrival allows.

A value that is read both after the next register and before it drives a longer net into that register. Where that is
too slow, all of its readers wait for the register.
"""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.adder_pipeline import AdderPipeline, in_stages
from bxnn.compiler.hardware.adder_timing import AdderTiming
from bxnn.compiler.hardware.adder_waits import Waits
from bxnn.compiler.hardware.delays.path_delay import Entry
from bxnn.compiler.hardware.shift_add_graph import ZERO
from bxnn.compiler.numeric.tensor import Int


class AdderPlacement:
    """Stages of all adders of a graph.

    Every net is charged with all sinks that it would have in a single stage, so actual paths can only be shorter.

    Args:
        timing: Timing of the graph.
        limit_ns: Longest time that a path may take.
        reader: What the outputs drive in the last stage; ``None`` if registers end that stage.
        waits: Bits that are reckoned to wait in shift registers.
    """

    def __init__(self, timing: AdderTiming, limit_ns: float, reader: Entry | None, waits: Waits) -> None:
        self.timing, self.limit_ns, self.reader = timing, limit_ns, reader
        graph = timing.graph
        timing.shifted(waits.later)
        self._waits = waits.first
        self.stage = np.zeros(graph.values, np.int64)
        self._readers = np.zeros(graph.values, np.int64)  # first stage in which a value may be read
        self._sinks = timing.sinks(self.stage, self.stage, 0 if reader is None else reader.sinks)
        self._sinks[:-1] += 1  # the register
        self._found = timing.at_inputs()
        self.slowest = max((self._place(level) for level in range(len(timing.levels))), default=0.0)

    @property
    def pipeline(self) -> AdderPipeline:
        """The graph cut into its stages."""
        return in_stages(self.timing.graph, self.stage, self.latency_cycles)

    @property
    def fits(self) -> bool:
        """Whether every adder fits between two registers."""
        return self.slowest <= self.limit_ns

    @property
    def latency_cycles(self) -> int:
        """Registers between inputs and outputs."""
        graph = self.timing.graph
        outputs = graph.outputs[graph.outputs != ZERO]
        if self.reader is None:
            return max(int(self.stage[outputs].max(initial=0)) + 1, 1)
        bits = np.isin(self.timing.value_of, outputs)
        sums = self.timing.value_of[bits] >= graph.first_sum
        ns = self._found[:-1][bits] + self.timing.technology.nets(self._sinks[:-1, 0][bits]) + self.reader.delay.ns
        late = ns + sums * self.timing.technology.fabric.carry.o_to_out > self.limit_ns
        own = np.maximum(self.stage, self._readers)[self.timing.value_of[bits]]
        return int((np.maximum(own, self.stage[self.timing.value_of[bits]] + late)).max(initial=0))

    def _place(self, number: int) -> float:
        """Choose the stages of a level; returns the slowest path into a register after a single adder."""
        timing, graph = self.timing, self.timing.graph
        level = timing.levels[number]
        operands = graph.operands[level.values - graph.first_sum]
        early = np.maximum(self.stage[operands], self._readers[operands]).max(axis=1)
        shared, alone = self._ends(number, early)
        at = early + (alone > self.limit_ns)
        if bool((at > early).any()):
            shared, alone = self._ends(number, at)
        else:
            self._commit(number, at)
        self._readers[level.values] = at + (shared > self.limit_ns)
        return float(alone.max())

    def _ends(self, number: int, at: Int) -> tuple[np.ndarray, np.ndarray]:
        """When sums of a level reach their registers: with other readers beside them, and alone."""
        timing, level = self.timing, self.timing.levels[number]
        self._commit(number, at)
        arrival = self._found[level.results]
        sinks = self._sinks[level.results, 0]
        real = level.results != timing.nothing
        shared, alone = timing.into_register(arrival, sinks), timing.into_register(arrival, np.ones_like(sinks))
        waits = self._waits[level.results]
        shared = np.where(waits, np.maximum(shared, timing.into_shift_register(arrival, sinks)), shared)
        alone = np.where(waits, np.maximum(alone, timing.into_shift_register(arrival, np.ones_like(sinks))), alone)
        return shared.max(axis=1, where=real, initial=0.0), alone.max(axis=1, where=real, initial=0.0)

    def _commit(self, number: int, at: Int) -> None:
        level = self.timing.levels[number]
        self.stage[level.values] = at
        self.timing.add_level(level, at, self.stage, self._sinks, self._found)
