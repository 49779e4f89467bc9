"""Weights that are loaded at run time: what their registers add to the cost of a network."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.weight_loading import WeightLoading


def loading_of(schedule: Schedule | StreamSchedule, config: DesignConfig) -> WeightLoading | None:
    """How weights are loaded at run time; the scheduler has refused it for a network that streams."""
    if config.weights is None or isinstance(schedule, StreamSchedule):
        return None
    return WeightLoading.of(schedule, config.weights.bus)


def with_loading(schedule: Schedule | StreamSchedule, config: DesignConfig) -> Schedule | StreamSchedule:
    """The schedule, priced with the registers through which weights are loaded."""
    loading = loading_of(schedule, config)
    if loading is None or schedule.cost is None:
        return schedule
    return replace(schedule, cost=schedule.cost + cost_of(loading.fabric()))
