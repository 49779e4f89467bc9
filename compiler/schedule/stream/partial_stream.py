"""Partial and complete designs of a streaming network, and which of them can still become part of a best design."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.stream_schedule import Stage
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.stream.timing import Arrival

_MOST_LABELS = 400


@dataclass(frozen=True, eq=False)
class ChosenStage:
    """One stage of a design."""

    stage: Stage
    tile_interval: int
    reads: Int
    rows: int
    tile: PartialDesign


@dataclass(frozen=True, eq=False)
class PartialStream:
    """A design of the stages so far.

    Attributes:
        arrival: When the words of the last image arrive.
        dsp: DSPs of the stages.
        chosen: The stages.
    """

    arrival: Arrival
    dsp: int
    chosen: tuple[ChosenStage, ...]

    @property
    def last_cycle(self) -> int:
        """Cycle of the last word."""
        return int(self.arrival.cycles[-1, -1])


@dataclass(frozen=True, eq=False)
class Design:
    """A complete design: the stages, and the tail's label if there is a tail."""

    label: PartialStream
    tail: PartialDesign | None
    latency_cycles: int
    dsp: int
    lut: int = 0  # known only once the design is priced


def pruned(labels: list[PartialStream]) -> list[PartialStream]:
    """The labels that no other dominates in DSPs and in the arrival of all words; the cheapest if there are many."""
    ordered = sorted(labels, key=lambda label: (label.dsp, label.last_cycle))
    return undominated(ordered, lambda label: (label.dsp, *label.arrival.cycles.ravel().tolist()))[:_MOST_LABELS]
