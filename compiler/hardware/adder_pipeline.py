"""The pipeline of an adder graph: the stage in which each value is computed and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.shift_add_graph import ZERO, ShiftAddGraph
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

_MOST_CUTS = 500  # register placements to try


@dataclass(frozen=True, eq=False)
class AdderPipeline:
    """An adder graph cut into stages by registers.

    A value computed in stage ``s`` and read in stage ``t`` passes through ``t - s`` registers. Constants need none.

    Attributes:
        graph: The graph to compute.
        stage: Stage of every value, int64, shape (values,); inputs and constants are in stage 0.
        latency_cycles: Registers between inputs and outputs; outputs are read in that stage.
        adders_per_stage: Largest number of adders between two registers.
        open_adders: Largest number of adders after the last register, completed in the reader; 0 if there are none.
    """

    graph: ShiftAddGraph
    stage: Int
    latency_cycles: int
    adders_per_stage: int
    open_adders: int

    @cached_property
    def last_stage(self) -> Int:
        """Last stage in which each value is read; its own stage for constants and for values that nothing reads."""
        graph, last = self.graph, self.stage.copy()
        reader = np.repeat(self.stage[graph.first_sum :], 2)
        np.maximum.at(last, graph.operands.ravel(), reader)
        last[graph.outputs[graph.outputs != ZERO]] = self.latency_cycles
        last[graph.inputs : graph.first_sum] = 0
        return last

    @property
    def depth(self) -> int:
        """Adders on the longest path."""
        return longest_path(self.graph)

    @property
    def register_bits(self) -> int:
        """Flip-flops for data."""
        return int((self.graph.bits * (self.last_stage - self.stage)).sum())

    @property
    def lut_estimate(self) -> int:
        """LUTs if every full adder takes one LUT."""
        return int(self.graph.adder_bits.sum())

    @cached_property
    def fabric(self) -> Fabric:
        """What the pipeline consists of; a value that is not read for a long time is kept in a shift register."""
        graph, bits, stage = self.graph, self.graph.bits.tolist(), self.stage.tolist()
        reads: list[set[int]] = [set() for _ in bits]
        for index, operands in enumerate(graph.operands.tolist()):
            for operand in operands:
                reads[operand].add(stage[graph.first_sum + index])
        for value in graph.outputs[graph.outputs != ZERO].tolist():
            reads[value].add(self.latency_cycles)
        shifts, registers = 0, self.latency_cycles
        for value, stages in enumerate(reads):
            if graph.inputs <= value < graph.first_sum:
                continue
            places = sorted({stage[value], *stages})
            for before, after in pairwise(places):
                row = Fabric.delay(bits[value], after - before)
                shifts, registers = shifts + row.shift_luts, registers + row.register_bits
        return Fabric(adder_bits=self.lut_estimate, shift_luts=shifts, register_bits=registers)

    def verify(self, subject: str) -> None:
        """Check that no value is read before its stage and that no stage is deeper than allowed.

        Raises:
            InternalError: Naming the first adder that violates this.
        """
        graph, stage = self.graph, self.stage
        if bool(stage[: graph.first_sum].any()) or bool((stage > self.latency_cycles).any()):
            raise InternalError(subject, "a value of the adder graph is in a nonexistent stage")
        own = stage[graph.first_sum :]
        early = (stage[graph.operands] > own[:, np.newaxis]).any(axis=1)
        if bool(early.any()):
            raise InternalError(subject, f"adder {int(np.argmax(early))} reads a value of a later stage")
        level = self.levels()
        limit = np.where(own == self.latency_cycles, self.open_adders, self.adders_per_stage)
        deep = level[graph.first_sum :] > limit
        if bool(deep.any()):
            raise InternalError(subject, f"adder {int(np.argmax(deep))} is too far from the register before it")

    def levels(self) -> Int:
        """Adders between the last register and each value, within its own stage."""
        graph, stage = self.graph, self.stage.tolist()
        level = [0] * graph.values
        for index, operands in enumerate(graph.operands.tolist()):
            value = graph.first_sum + index
            level[value] = 1 + max(level[v] if stage[v] == stage[value] else 0 for v in operands)
        return np.array(level, np.int64)


def pipelined(graph: ShiftAddGraph, adders_per_stage: int, open_adders: int) -> AdderPipeline:
    """The pipeline with the fewest stages and, among the candidates tried, the fewest register bits.

    A candidate cuts at chosen depths, with every adder either as early or as late as possible.

    Args:
        graph: The graph.
        adders_per_stage: Largest number of adders between two registers.
        open_adders: Largest number of adders that may follow the last register; 0 if results must be registered.
    """
    depth = longest_path(graph)
    cuts = stages_needed(depth, adders_per_stage, open_adders)
    levels = graph.depth, _latest(graph, depth)
    found = (
        AdderPipeline(graph, _stages(graph, level, places), cuts, adders_per_stage, open_adders)
        for places in _places(depth, cuts, adders_per_stage, open_adders)
        for level in levels
    )
    return min(found, key=lambda pipeline: pipeline.register_bits)


def in_stages(graph: ShiftAddGraph, stage: Int, latency_cycles: int) -> AdderPipeline:
    """The pipeline with given stages, and the adders per stage that result.

    Args:
        graph: The graph.
        stage: Stage of every value.
        latency_cycles: Registers between inputs and outputs.
    """
    trial = AdderPipeline(graph, stage, latency_cycles, 0, 0)
    level, last = trial.levels()[graph.first_sum :], stage[graph.first_sum :] == latency_cycles
    behind, before = int(level[last].max(initial=0)), int(level[~last].max(initial=0))
    return AdderPipeline(graph, stage, latency_cycles, max(before, behind), behind)


def stages_needed(depth: int, adders_per_stage: int, open_adders: int) -> int:
    """Registers on the path through the adders: ``ceil((depth - open_adders) / adders_per_stage)``, 1 if none is open.

    Args:
        depth: Adders on the longest path.
        adders_per_stage: Largest number of adders between two registers.
        open_adders: Largest number of adders after the last register; 0 if results must be registered.
    """
    return max(ceil_div(depth - open_adders, adders_per_stage), 0 if open_adders else 1)


def longest_path(graph: ShiftAddGraph) -> int:
    """Adders on the longest path to an output."""
    return int(graph.depth[graph.outputs[graph.outputs != ZERO]].max(initial=0))


def _places(depth: int, cuts: int, longest: int, last: int) -> Iterator[tuple[int, ...]]:
    """Depths followed by a register, ascending; no stage is too deep, and at most ``last`` adders follow the last."""

    def extended(before: int, left: int) -> Iterator[tuple[int, ...]]:
        if left == 0:
            yield ()
            return
        nearest = max(before, depth - last - (left - 1) * longest)
        for place in range(nearest, min(before + longest, depth) + 1):
            for others in extended(place, left - 1):
                yield (place, *others)

    return islice(extended(0, cuts), _MOST_CUTS)


def _latest(graph: ShiftAddGraph, depth: int) -> Int:
    """Depth of each value if every adder waits until its result is needed; inputs and constants stay at 0."""
    latest = np.full(graph.values, depth, np.int64)
    for index in range(graph.sums - 1, -1, -1):
        before = latest[graph.first_sum + index] - 1
        for operand in graph.operands[index]:
            latest[operand] = min(latest[operand], before)
    latest[: graph.first_sum] = 0
    return latest


def _stages(graph: ShiftAddGraph, level: Int, places: tuple[int, ...]) -> Int:
    """Stage of each value at a given depth: the number of registers above it."""
    stage = np.searchsorted(np.array(places, np.int64), level, side="left")
    stage[: graph.first_sum] = 0
    return stage.astype(np.int64)
