"""From the labels of a search to the designs that the report shows beside the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.hardware.design_front import FrontDesign, front_of
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.partial_design import PartialDesign


def front_around(
    found: Schedule, chosen: PartialDesign, labels: Sequence[PartialDesign], limits: Budget, priced: bool
) -> tuple[FrontDesign, ...]:
    """The front, including the chosen design.

    Args:
        found: The schedule.
        chosen: Its label.
        labels: All complete designs.
        limits: Limits that a design has to meet.
        priced: Whether labels know LUTs and flip-flops.
    """
    assert found.cost is not None
    own = FrontDesign(found.latency_cycles, found.dsp, found.cost.lut, found.cost.ff, chosen=True)
    others = undominated(sorted(labels, key=_costs), _costs)
    return front_of([own, *designs([label for label in others if _costs(label) != _costs(chosen)], limits, priced)])


def designs(labels: Sequence[PartialDesign], limits: Budget, priced: bool) -> list[FrontDesign]:
    """What labels cost, and whether they meet the limits."""
    return [
        FrontDesign(
            label.latency_cycles,
            label.dsp,
            label.lut if priced else None,
            label.ff if priced else None,
            limits.allows(label),
        )
        for label in labels
    ]


def _costs(label: PartialDesign) -> tuple[int, int, int]:
    return label.latency_cycles, label.dsp, label.lut
