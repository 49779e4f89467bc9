"""A tag that travels with the event: what it adds to the cost of a network."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.cost.cost_model import exact_cost
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule


def with_tag(schedule: Schedule | StreamSchedule, bits: int) -> Schedule | StreamSchedule:
    """The schedule, priced with the delay line of a tag of ``bits`` bits."""
    if bits == 0 or schedule.cost is None:
        return schedule
    return replace(schedule, cost=schedule.cost + exact_cost(Fabric.delay(bits, schedule.tag_cycles)))
