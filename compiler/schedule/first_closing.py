"""The best design that meets a clock, where the best of all does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.clock_choice import judged
from bxnn.compiler.schedule.clock_missed import ClockMissedError
from bxnn.compiler.schedule.layer_implementations import LayerImplementations

_MOST_BUILT = 16  # schedules, to see whether they meet a clock


def first_closing(
    graph: Graph,
    clocks: Sequence[ClockTarget],
    options: Mapping[str, LayerImplementations],
    schedules: Callable[[], Iterator[Schedule]],
) -> Schedule:
    """The best schedule that meets the first of the clocks that can be met.

    The best one nearly always meets the clock, so implementations are examined only of layers on which one misses it:
    those of the layer that miss the clock by themselves are left out, and the search is repeated. If they cannot be
    blamed, the next best schedule is tried.

    Args:
        graph: After the pipeline.
        clocks: The strictest first; at least one.
        options: The implementations of each layer by name.
        schedules: The schedules of the front by preference, without the implementations that are left out.

    Raises:
        ClockMissedError: The path on which the fastest of the schedules misses the strictest clock, if none is met.
    """
    missed: list[ClockMissedError] = []
    for clock in clocks:
        for layer in options.values():
            layer.closing.clock = None
        found = schedules()
        for _ in range(_MOST_BUILT):
            schedule = next(found, None)
            if schedule is None:
                break
            try:
                return judged(graph, schedule, clock)
            except ClockMissedError as error:
                missed.append(error)
                blamed = options.get(error.place)
                if blamed is not None and blamed.closing.clock is None:
                    blamed.closing.clock = clock
                    if not blamed.closing.meets(schedule.step(error.place).binding):
                        found = schedules()
    raise min((error for error in missed if error.clock is clocks[0]), key=lambda error: error.ns)
