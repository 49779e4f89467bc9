"""A tag that travels with the event, and may choose its weights: what it adds to the cost of a network."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.cost.cost_model import exact_cost
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.set_choice import SetChoice
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule


def with_tag(schedule: Schedule | StreamSchedule, bits: int) -> Schedule | StreamSchedule:
    """The schedule, priced with the delay line of a tag of ``bits`` bits and what chooses a set of weights by it."""
    if bits == 0 or schedule.cost is None:
        return schedule
    by_tag = isinstance(schedule, Schedule) and schedule.turns is None
    choice = SetChoice.of(schedule) if isinstance(schedule, Schedule) and by_tag else None
    choosing = Fabric() if choice is None else choice.fabric()
    return replace(schedule, cost=schedule.cost + exact_cost(Fabric.delay(bits, schedule.tag_cycles) + choosing))
