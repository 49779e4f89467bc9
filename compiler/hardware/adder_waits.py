"""The bits of an adder graph that wait for a reader in a shift register, which takes longer to enter and to read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.adder_timing import AdderTiming
from bxnn.compiler.hardware.fabric import LEAST_SHIFT
from bxnn.compiler.hardware.shift_add_graph import ZERO
from bxnn.compiler.numeric.distinct import distinct


@dataclass(frozen=True, eq=False)
class Waits:
    """The bits, among all bits of a graph and one more that stands for none.

    Attributes:
        first: Bits that wait for their first reader, so that they end in a shift register; bool, shape (bits + 1,).
        later: Bits that wait for any reader, which then reads from one; bool, shape (bits + 1,).
    """

    first: NDArray[np.bool_]
    later: NDArray[np.bool_]

    @classmethod
    def none(cls, timing: AdderTiming) -> Waits:
        """No bit waits."""
        return cls(np.zeros(timing.nothing + 1, bool), np.zeros(timing.nothing + 1, bool))

    @classmethod
    def of(cls, timing: AdderTiming, pipeline: AdderPipeline) -> Waits:
        """Those of a pipeline.

        The low bits of a sum that copy an operand are the same registers as those of the operand. A reader on the way
        ends a shift register.
        """
        graph, stage = pipeline.graph, pipeline.stage
        origin = np.arange(timing.nothing + 1)
        for level in timing.levels:
            result, source = level.copies
            origin[result] = origin[source]
        first = np.append(stage[timing.value_of], 0)
        ends = np.isin(timing.value_of, graph.outputs[graph.outputs != ZERO])
        own = distinct(origin)
        bits = [origin[own], origin[:-1][ends]]
        stages = [first[own], np.full(int(ends.sum()), pipeline.latency_cycles)]
        for level in timing.levels:
            for operand in level.operands:
                bits.append(origin[operand].ravel())
                stages.append(np.broadcast_to(stage[level.values][:, np.newaxis], operand.shape).ravel())
        found_bits, found_stages = np.concatenate(bits), np.concatenate(stages)
        different = int(found_stages.max(initial=0)) + 1  # one integer for both: comparing columns takes much longer
        read = np.stack(np.divmod(distinct(found_bits * different + found_stages), different))
        read = read[:, read[0] != timing.nothing]
        gap = (np.diff(read[1]) >= LEAST_SHIFT) & (read[0, 1:] == read[0, :-1])
        found = cls.none(timing)
        found.later[read[0, 1:][gap]] = True
        at_first = gap & (read[1, :-1] == first[read[0, :-1]])
        found.first[read[0, 1:][at_first]] = True
        return cls(found.first[origin], found.later[origin])

    def __or__(self, other: Waits) -> Waits:
        return Waits(self.first | other.first, self.later | other.later)

    def same(self, other: Waits) -> bool:
        """Whether the same bits wait."""
        return np.array_equal(self.first, other.first) and np.array_equal(self.later, other.later)
