"""A design as `bxnn compile` predicts it, with nothing written."""

from __future__ import annotations

from pathlib import Path

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.report import ReportModel, build_report
from bxnn.compiler.schedule.scheduling import schedule_graph


def scheduled(model: Path, weights: Path | None, config: DesignConfig) -> tuple[Schedule | StreamSchedule, ReportModel]:
    """The schedule, and its report.

    Raises:
        LimitMissedError: If no design closes.
    """
    graph = lower(load_model(model, weights, config.name, types=config.declared_types()), config)
    board = chosen_board(config)
    schedule = schedule_graph(graph, config, board)
    return schedule, build_report(graph, schedule, board, config, [], [], [])
