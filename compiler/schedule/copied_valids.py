"""Adds the cost of the copies of valids, which depend on the whole schedule."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.cost.cost_model import exact_cost
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.valid_wiring import ValidWiring


def with_copied_valids(schedule: Schedule, lead: int = 0) -> Schedule:
    """The schedule with the flip-flops of all copies of valids in its cost, those of a layer in that of its step.

    Args:
        schedule: Without them.
        lead: Cycles by which a valid is known before that of the inputs; 0 if nothing comes before it.
    """
    found = replace(schedule, valid_lead=lead)
    wiring = ValidWiring(found)
    costs = [exact_cost(Fabric.registers(wiring.registers(number))) for number in range(len(schedule.steps) + 1)]
    steps = tuple(replace(step, cost=step.cost + cost) for step, cost in zip(schedule.steps, costs, strict=False))
    total = None if schedule.cost is None else schedule.cost + sum(costs, start=ResourceUsage())
    return replace(found, steps=steps, cost=total)
