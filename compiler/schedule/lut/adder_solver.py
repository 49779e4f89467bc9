"""Finds adder graphs for constant linear maps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bxnn.compiler.hardware.adder_paths import slowest_ns
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline, pipelined
from bxnn.compiler.hardware.adder_placement import AdderPlacement
from bxnn.compiler.hardware.adder_timing import AdderTiming
from bxnn.compiler.hardware.adder_waits import Waits
from bxnn.compiler.hardware.delays.path_delay import Entry
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.shift_add_graph import ShiftAddGraph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term
from bxnn.compiler.schedule.lut.adder_estimate import estimated_adder_bits
from bxnn.compiler.schedule.lut.bias import biased
from bxnn.compiler.schedule.lut.block_programs import block_programs
from bxnn.compiler.schedule.lut.constant_matrix import CANDIDATES, solver
from bxnn.compiler.schedule.lut.matrix_blocks import matrix_blocks, signed_digits
from bxnn.compiler.schedule.lut.no_adders import NoAdderGraphError

_MOST_DIGITS = 120_000  # nonzero binary digits of all weights: about a million LUTs
_LEAST_STEP_NS = 0.02  # by which the time for a stage is made shorter

_SOLVED: dict[bytes, _Solved] = {}  # by map and ranges; the oldest entry is evicted first
_MOST_SOLVED, _MOST_PLACED = 64, 8


@dataclass(frozen=True, eq=False)
class _Solved:
    """What has been found for a map.

    Attributes:
        graphs: The candidates, verified.
        placements: One for each of them, by delays, time for a stage, and reader.
    """

    graphs: list[ShiftAddGraph]
    placements: dict[tuple[Technology, float, Entry | None], list[AdderPlacement]] = field(default_factory=dict)


class AdderSolver:
    """Finds adder graphs for a map and cuts them into pipelines.

    Args:
        subject: The layer, for error messages.
        linear: The map.
        low: Smallest code of each input, shape (inputs,).
        high: Largest code of each input.

    Raises:
        ToolError: If alkaid is not installed.
        NoAdderGraphError: If the map is too large.
    """

    def __init__(self, subject: str, linear: LinearMap, low: Int, high: Int) -> None:
        solver()
        self.subject, self.linear, self.low, self.high = subject, linear, low, high
        fixed = low == high  # inputs that never change are part of the bias
        self.bias = linear.bias + linear.weights[:, fixed] @ low[fixed]
        self.weights = np.where(fixed, 0, linear.weights) if fixed.any() else linear.weights
        digits = int(self.digits.sum())
        if digits > _MOST_DIGITS:
            raise NoAdderGraphError(
                subject, f"has weights of {digits} nonzero signed digits, but strategy lut takes at most {_MOST_DIGITS}"
            )
        key = (np.array(self.weights.shape), self.weights, self.bias, low, high)
        self._key = bytes([linear.is_local]) + b"".join(np.ascontiguousarray(part).tobytes() for part in key)

    @cached_property
    def digits(self) -> Int:
        """Nonzero signed digits in the weights of each output; int64, shape (outputs,)."""
        outputs, inputs = np.nonzero(self.weights)
        found = np.zeros(len(self.weights), np.int64)
        np.add.at(found, outputs, signed_digits(self.weights[outputs, inputs]))
        return found

    @property
    def graphs(self) -> list[ShiftAddGraph]:
        """The candidates, verified."""
        return self._found.graphs

    @property
    def _found(self) -> _Solved:
        """Equal maps are solved once per run of the program: the steps of a recurrent layer, for example."""
        if self._key not in _SOLVED:
            while len(_SOLVED) >= _MOST_SOLVED:
                _SOLVED.pop(next(iter(_SOLVED)))
            _SOLVED[self._key] = _Solved(self._graphs())
        return _SOLVED[self._key]

    def estimated_adder_bits(self, most: float) -> int:
        """Full adders of one graph that is found quickly, of a part of it if that has more than ``most``.

        0 for many products of one input, and once the real graphs are known.
        """
        if self._key in _SOLVED:
            return 0
        blocks = matrix_blocks(self.weights, self.digits, self.linear.is_local)
        if any(block.inputs.size == 1 for block in blocks):
            return 0
        return estimated_adder_bits(self.weights, self.low, self.high, blocks, most)

    def pipeline(self, adders_per_stage: int, open_adders: int) -> AdderPipeline:
        """The best pipeline of all candidates, verified: fewest stages, then fewest LUTs and flip-flops."""
        candidates = self.pipelines(adders_per_stage, open_adders)
        best = min(candidates, key=lambda found: (found.latency_cycles, found.lut_estimate + found.register_bits))
        best.verify(self.subject)
        return best

    def pipelines(self, adders_per_stage: int, open_adders: int) -> list[AdderPipeline]:
        """One pipeline per candidate, not verified."""
        return [pipelined(graph, adders_per_stage, open_adders) for graph in self.graphs]

    def placements(self, technology: Technology, limit_ns: float, reader: Entry | None) -> list[AdderPlacement]:
        """One placement of registers per candidate, by the delays of its adders."""
        found, key = self._found, (technology, limit_ns, reader)
        if key not in found.placements:
            while len(found.placements) >= _MOST_PLACED:
                found.placements.pop(next(iter(found.placements)))
            found.placements[key] = [_placed(graph, technology, limit_ns, reader) for graph in found.graphs]
        return found.placements[key]

    def _graphs(self) -> list[ShiftAddGraph]:
        """The candidates, verified; those of equal programs are one."""
        blocks = matrix_blocks(self.weights, self.digits, self.linear.is_local)
        programs = block_programs(self.weights, self.low, self.high, blocks)
        graphs = list[ShiftAddGraph]()
        for number in range(CANDIDATES):
            if number and all(choices[number] is choices[number - 1] for choices in programs):
                continue
            builder = AdderBuilder(self.low, self.high)
            parts: list[list[Term | None]] = [[] for _ in range(self.linear.outputs)]
            for block, choices in zip(blocks, programs, strict=True):
                found = choices[number].built(builder, [Term(index) for index in block.inputs.tolist()])
                for output, term in zip(block.outputs.tolist(), found, strict=True):
                    parts[output].append(term)
            outputs = [builder.total(terms) for terms in parts]
            graph = builder.finished(biased(builder, outputs, self.bias.tolist()))
            graph.verify(self.subject, self.linear)
            graphs.append(graph)
        return graphs


def _placed(graph: ShiftAddGraph, technology: Technology, limit_ns: float, reader: Entry | None) -> AdderPlacement:
    """The placement that fits.

    Which bits wait in shift registers, which take longer, is known only from a placement: it is repeated until it
    reckons with all of them.
    """
    timing, reckoned = AdderTiming(graph, technology), limit_ns
    waits = Waits.none(timing)
    while True:
        placement = AdderPlacement(timing, reckoned, reader, waits)
        if not placement.fits:
            return placement
        pipeline = placement.pipeline
        excess = slowest_ns(pipeline, technology, reader) - limit_ns
        if excess <= 0:
            return placement
        found = waits | Waits.of(timing, pipeline)
        if found.same(waits):
            reckoned -= max(excess, _LEAST_STEP_NS)
        waits = found
