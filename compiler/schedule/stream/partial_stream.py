"""Partial and complete designs of a streaming network, and which of them can still become part of a best design."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.stream.stream_plan import Segment
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.stream.timing import Arrival

_MOST_DESIGNS = 400


@dataclass(frozen=True, eq=False)
class ChosenSegment:
    """One segment of a design."""

    segment: Segment
    tile_interval: int
    reads: Int
    rows: int
    tile: PartialDesign


@dataclass(frozen=True, eq=False)
class PartialStream:
    """A design of the segments so far.

    Attributes:
        arrival: When the words of the last image arrive.
        dsp: DSPs of the segments.
        chosen: The segments.
    """

    arrival: Arrival
    dsp: int
    chosen: tuple[ChosenSegment, ...]

    @property
    def last_cycle(self) -> int:
        """Cycle of the last word."""
        return int(self.arrival.cycles[-1, -1])


@dataclass(frozen=True, eq=False)
class Design:
    """A complete design: the segments, and the tail's partial if there is a tail."""

    stream: PartialStream
    tail: PartialDesign | None
    latency_cycles: int
    dsp: int
    lut: int = 0  # known only once the design is priced


def pruned(partials: list[PartialStream]) -> list[PartialStream]:
    """The partials that no other dominates in DSPs and in the arrival of all words; the cheapest if there are many."""
    ordered = sorted(partials, key=lambda partial: (partial.dsp, partial.last_cycle))
    return undominated(ordered, lambda partial: (partial.dsp, *partial.arrival.cycles.ravel().tolist()))[:_MOST_DESIGNS]
