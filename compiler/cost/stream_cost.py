"""What a streaming network costs: its tiles, its tail, and the entities around them."""

from __future__ import annotations

from bxnn.compiler.cost.cost_model import cost_of, exact_cost
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule


def stream_cost(schedule: StreamSchedule) -> ResourceUsage:
    """Predicted LUTs and flip-flops of a whole network: its tiles, its tail and what is between them."""
    inside = [segment.schedule.cost for segment in schedule.segments]
    inside += [schedule.tail.cost] if schedule.tail is not None else []
    ports, *others = schedule.parts().values()
    around = sum((part.resources() for part in others), start=Fabric())
    return sum((cost for cost in inside if cost is not None), start=cost_of(around) + exact_cost(ports.resources()))
