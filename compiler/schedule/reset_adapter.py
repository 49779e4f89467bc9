"""The reset at the port of a network: what design.yaml asks for, and what it adds to the cost."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.hardware.reset_port import ResetPort
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule


def reset_of(config: DesignConfig) -> ResetPort:
    """The reset port that a configuration asks for."""
    return ResetPort(config.reset.active == "low", config.reset.asynchronous)


def with_reset(schedule: Schedule | StreamSchedule, reset: ResetPort) -> Schedule | StreamSchedule:
    """The schedule, priced with the adapter of its reset."""
    if schedule.cost is None:
        return schedule
    return replace(schedule, cost=schedule.cost + reset.cost)
