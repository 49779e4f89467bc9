"""From the partials of a search to the designs that the report shows beside the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.hardware.design_front import FrontDesign, front_of
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.partial_design import PartialDesign


def front_around(
    found: Schedule, chosen: PartialDesign, partials: Sequence[PartialDesign], limits: Budget, priced: bool
) -> tuple[FrontDesign, ...]:
    """The front, including the chosen design.

    Args:
        found: The schedule.
        chosen: Its partial.
        partials: All complete designs.
        limits: Limits that a design has to meet.
        priced: Whether partials know LUTs and flip-flops.
    """
    assert found.cost is not None
    own = FrontDesign(found.latency_cycles, found.dsp, found.cost.lut, found.cost.ff, chosen=True)
    others = undominated(sorted(partials, key=_costs), _costs)
    return front_of(
        [own, *designs([partial for partial in others if _costs(partial) != _costs(chosen)], limits, priced)]
    )


def designs(partials: Sequence[PartialDesign], limits: Budget, priced: bool) -> list[FrontDesign]:
    """What partials cost, and whether they meet the limits."""
    return [
        FrontDesign(
            partial.latency_cycles,
            partial.dsp,
            partial.lut if priced else None,
            partial.ff if priced else None,
            limits.allows(partial),
        )
        for partial in partials
    ]


def _costs(partial: PartialDesign) -> tuple[int, int, int]:
    return partial.latency_cycles, partial.dsp, partial.lut
