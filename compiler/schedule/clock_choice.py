"""What the paths of a design are judged by: its clock, and the delays of its device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from bxnn.boards.board import Board
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.cost.stream_paths import stream_timing
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import ClosesTypically
from bxnn.compiler.schedule.clock_missed import ClockMissedError, check_timing

AnySchedule = TypeVar("AnySchedule", bound=Schedule | StreamSchedule)
_NEED_DELAYS = ("margin", "estimate")
_FASTER = (1.125, 1.25, 1.5)  # clocks that place registers if those of the clock itself do not suffice


def clock_targets(config: DesignConfig, board: Board) -> tuple[ClockTarget, ...]:
    """What the registers are placed by, the stricter first; none if no delays of the device are public.

    Unless the user names an estimate, a design that misses the clock with pessimistic delays may meet it with typical
    ones: whether it does is known after routing only, and the report says so.

    Raises:
        ConfigError: If design.yaml has a margin or an estimate for such a device.
    """
    timing, table = config.timing, board.delays
    if table.fabric is not None:
        strict = ClockTarget(config.clock_mhz, timing.margin, timing.estimate, table)
        return (strict,) if "estimate" in timing.model_fields_set else (strict, replace(strict, estimate="typical"))
    asked = [key for key in _NEED_DELAYS if key in timing.model_fields_set]
    if asked:
        raise ConfigError(
            f"design.yaml: timing: {asked[0]}",
            f"needs delays, but none are public for speed grade -{board.speed_grade} of {board.device}; remove it",
        )
    return ()


def closes_typically(graph: Graph, schedule: Schedule | StreamSchedule) -> Iterator[ClosesTypically]:
    """A notice if the paths fit with typical delays only."""
    timing = schedule.timing
    if timing is None:
        return
    path = max(timing.paths, key=lambda path: path.pessimistic.ns)
    if path.pessimistic.ns > timing.limit_ns:
        layers = {layer.name: graph.describe(layer) for layer in graph.layers}
        clock = 1000.0 * (1 - timing.margin) / path.pessimistic.ns
        yield ClosesTypically(layers.get(path.place, path.place), path.kind.value, path.pessimistic.ns, clock)


def by_strictest(
    graph: Graph,
    clocks: Sequence[ClockTarget],
    scheduled: Callable[[Sequence[ClockTarget]], Schedule | StreamSchedule],
) -> Schedule | StreamSchedule:
    """The schedule that meets the first of the clocks that can be met.

    Its registers are placed by the strictest one that leaves a place for them, even if only another one is met.

    Args:
        graph: After the pipeline.
        clocks: The strictest first; at least one.
        scheduled: The best schedule whose registers are placed by the first of several clocks. In the frame-parallel
            form it meets one of them, and is the best of those; in the streaming form it has not been judged.

    Raises:
        ClockMissedError: The path that misses the strictest clock, if none is met.
    """
    missed: list[ClockMissedError] = []
    for number in range(len(clocks)):
        try:
            found = scheduled(clocks[number:])
        except ClockMissedError as error:
            missed.append(error)
            continue
        if found.timing is not None:
            return found
        for judging in clocks[number:]:
            try:
                return judged(graph, found, judging)
            except ClockMissedError as error:
                missed.append(error)
    for clock in clocks:
        closing = _by_faster(graph, clock, scheduled)
        if closing is not None:
            return closing
    raise missed[0]


def _by_faster(
    graph: Graph, clock: ClockTarget, scheduled: Callable[[Sequence[ClockTarget]], Schedule | StreamSchedule]
) -> Schedule | StreamSchedule | None:
    """A schedule that meets the clock with the registers of a faster one, or ``None``.

    A register more shortens the paths around it too, so that a design can miss a clock though another one, which was
    placed for less time, meets it.
    """
    for factor in _FASTER:
        placing = replace(clock, clock_mhz=clock.clock_mhz * factor)
        try:
            return judged(graph, scheduled((placing, clock)), clock)
        except ClockMissedError:
            continue
    return None


def judged(graph: Graph, schedule: AnySchedule, clock: ClockTarget) -> AnySchedule:
    """The schedule with the slowest paths of its hardware.

    Raises:
        ClockMissedError: If one of them misses the clock.
    """
    if isinstance(schedule, Schedule):
        timing = network_timing(graph, schedule, clock)
    else:
        timing = stream_timing(schedule, clock)
    check_timing(graph, timing, clock)
    return replace(schedule, timing=timing)
