"""What the paths of a design are judged by: its clock, and the delays of its device."""

from __future__ import annotations

from dataclasses import replace

from bxnn.boards.board import Board
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.clock_missed import check_timing

_NEED_DELAYS = ("margin", "estimate")


def clock_target(config: DesignConfig, board: Board) -> ClockTarget | None:
    """The clock that the registers are placed by; ``None`` if no delays of the device are public.

    Raises:
        ConfigError: If design.yaml has a margin or an estimate for such a device.
    """
    timing, table = config.timing, board.delays
    if table.fabric is not None:
        return ClockTarget(config.clock_mhz, timing.margin, timing.estimate, table)
    asked = [key for key in _NEED_DELAYS if key in timing.model_fields_set]
    if asked:
        raise ConfigError(
            f"design.yaml: timing: {asked[0]}",
            f"needs delays, but none are public for speed grade -{board.speed_grade} of {board.device}; remove it",
        )
    return None


def judged(graph: Graph, schedule: Schedule, clock: ClockTarget) -> Schedule:
    """The schedule with the slowest paths of its hardware.

    Raises:
        ClockMissedError: If one of them misses the clock.
    """
    timing = network_timing(graph, schedule, clock)
    check_timing(graph, timing, clock)
    return replace(schedule, timing=timing)
