"""An ensemble on few cores: their schedule, and what gives them an event once for each turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.cost_model import cost_of, exact_cost
from bxnn.compiler.hardware.lhc_clock import cycles_to_ns
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.set_choice import SetChoice
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.turns import ENTRY_CYCLES, Turns
from bxnn.compiler.schedule.clock_choice import judged


def core_config(config: DesignConfig) -> DesignConfig:
    """The configuration of a core that takes one turn after another; an event stays at its input meanwhile."""
    if config.turns == 1:
        return config
    limit = config.budget.latency_ns
    entry = cycles_to_ns(ENTRY_CYCLES, config.clock_mhz)
    budget = config.budget.model_copy(update={"latency_ns": None if limit is None else limit - entry})
    return config.model_copy(
        update={
            "initiation_interval": config.core_interval // config.turns,
            "channels": 1,
            "timing": config.timing.model_copy(update={"held_input": True}),
            "budget": budget,
        }
    )


def with_turns(
    schedule: Schedule | StreamSchedule, config: DesignConfig, clocks: Sequence[ClockTarget]
) -> Schedule | StreamSchedule:
    """The schedule of the whole ensemble, priced and judged with what repeats an event.

    Args:
        schedule: Of its core.
        config: The user's configuration.
        clocks: Those of which the schedule meets one; none if paths are not judged.

    Raises:
        ClockMissedError: If what repeats an event is too slow for the clock.
    """
    if config.turns == 1 or isinstance(schedule, StreamSchedule):
        return schedule
    tensors = schedule.graph.tensors()
    width = sum(tensors[name].size * tensors[name].bits for name in schedule.graph.inputs)
    turns = Turns(config.turns, schedule.initiation_interval, width)
    found = replace(
        schedule,
        initiation_interval=config.core_interval,
        steps=tuple(replace(step, start_cycle=step.start_cycle + ENTRY_CYCLES) for step in schedule.steps),
        latency_cycles=schedule.latency_cycles + ENTRY_CYCLES,
        front=tuple(replace(design, latency_cycles=design.latency_cycles + ENTRY_CYCLES) for design in schedule.front),
        held_input=False,
        turns=turns,
    )
    choice = SetChoice.of(found)
    assert choice is not None
    if found.cost is not None:
        found = replace(found, cost=found.cost + cost_of(turns.fabric()) + exact_cost(choice.fabric()))
    met = [clock for clock in clocks if found.timing is not None and clock.estimate == found.timing.estimate]
    return judged(schedule.graph, found, met[0]) if met else found
