"""A schedule whose results are delayed to the latency that design.yaml asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.cost_model import exact_cost
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.latency_padding import LatencyPadding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.lhc_clock import cycles_to_ns, whole_clocks_per_bx
from bxnn.compiler.hardware.port_register import PortRegister
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.clock_choice import judged

_SUBJECT = "design.yaml: latency"


def with_latency(
    graph: Graph, schedule: Schedule | StreamSchedule, config: DesignConfig, clocks: Sequence[ClockTarget]
) -> Schedule | StreamSchedule:
    """The schedule with the latency of ``config.latency``, priced and judged with what delays its results.

    Args:
        graph: As given to the scheduler.
        schedule: The network.
        config: The user's configuration.
        clocks: Those of which the schedule meets one; none if paths are not judged.

    Raises:
        ConfigError: If the network takes longer, or the clock has no whole number of cycles per bunch crossing.
        ClockMissedError: If the delay is too slow for the clock.
    """
    if config.latency is None:
        return schedule
    asked, limit_ns = _cycles(config), config.budget.latency_ns
    more, asked_ns = asked - schedule.latency_cycles, cycles_to_ns(asked, config.clock_mhz)
    if more < 0:
        raise ConfigError(_SUBJECT, _too_short(config, schedule.latency_cycles))
    if limit_ns is not None and asked_ns > limit_ns:
        problem = f"{counted(asked, 'cycle')} are {asked_ns:.1f} ns, more than budget: latency_ns: {limit_ns:g} allows"
        raise ConfigError(_SUBJECT, f"{problem}; change one of them")
    if more == 0:
        return schedule
    found = padded(schedule, more)
    met = [clock for clock in clocks if found.timing is not None and clock.estimate == found.timing.estimate]
    return judged(graph, found, met[0]) if met else found


def padded(schedule: Schedule | StreamSchedule, cycles: int) -> Schedule | StreamSchedule:
    """The schedule whose results come ``cycles`` later."""
    if isinstance(schedule, Schedule):
        found, cost = _padded_frame(schedule, cycles)
        return replace(found, cost=_plus(schedule.cost, cost))
    if schedule.tail is not None:
        tail, cost = _padded_frame(schedule.tail, cycles)
        return replace(schedule, tail=tail, cost=_plus(schedule.cost, cost))
    rows, columns, channels = schedule.plan.collected
    layout = Layout.pulse(rows * columns * channels)
    padding = LatencyPadding(layout, layout.after_register(), cycles, schedule.initiation_interval)
    cost = exact_cost(padding.resources(schedule.collected_bits))
    return replace(schedule, padding=padding, cost=_plus(schedule.cost, cost))


def _padded_frame(schedule: Schedule, cycles: int) -> tuple[Schedule, ResourceUsage]:
    """The schedule with its delays, and their cost."""
    tensors, chains, cost = schedule.graph.tensors(), [], ResourceUsage()
    for name, chain in zip(schedule.graph.outputs, schedule.output_converters, strict=True):
        count = len(chain) - sum(isinstance(converter, PortRegister) for converter in chain[-1:])
        layout = chain[count - 1].result if count else _layout(schedule, name)
        padding = LatencyPadding(layout, layout.after_register(), cycles, schedule.initiation_interval)
        cost += exact_cost(padding.resources(tensors[name].bits))
        chains.append((*chain[:count], padding, *chain[count:]))
    latency = schedule.latency_cycles + cycles
    return replace(schedule, output_converters=tuple(chains), latency_cycles=latency), cost


def _layout(schedule: Schedule, name: str) -> Layout:
    """Layout of a network output at its layer, or at the input port that it is."""
    for step in schedule.steps:
        if step.layer == name:
            return step.binding.result
    size = schedule.graph.tensors()[name].size
    return Layout.parallel(size) if schedule.held_input else Layout.pulse(size)


def _plus(cost: ResourceUsage | None, more: ResourceUsage) -> ResourceUsage | None:
    return None if cost is None else cost + more


def _cycles(config: DesignConfig) -> int:
    """The latency asked for, in cycles."""
    asked = config.latency
    assert asked is not None
    if asked.cycles is not None:
        return asked.cycles
    assert asked.bx is not None
    return asked.bx * _per_bx(config)


def _per_bx(config: DesignConfig) -> int:
    whole = whole_clocks_per_bx(config.clock_mhz)
    if whole is None:
        problem = f"bx needs a whole number of cycles per bunch crossing, but clock_mhz is {config.clock_mhz:g}"
        raise ConfigError(_SUBJECT, f"{problem}; write cycles")
    return whole


def _too_short(config: DesignConfig, latency: int) -> str:
    asked = config.latency
    assert asked is not None
    if asked.bx is None:
        return f"{counted(_cycles(config), 'cycle')}, but the network takes {latency}; write cycles: {latency} or more"
    least = ceil_div(latency, _per_bx(config))
    return (
        f"{asked.bx} BX are {counted(_cycles(config), 'cycle')}, but the network takes {latency}; "
        f"write bx: {least} or more"
    )
