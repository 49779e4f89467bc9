"""The board requested by design.yaml, in the requested speed grade."""

from __future__ import annotations

from bxnn.boards.board import Board, load_board
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import ConfigError

INSTANTIATED = ("DSP48E1", "DSP48E2", "DSP58")  # slices for which there is VHDL


def chosen_board(config: DesignConfig) -> Board:
    """The board of a design, checked against the design's clock.

    Raises:
        ConfigError: If there is no such board, part or speed grade, or the clock is beyond its reach.
    """
    board = load_board(config.board)
    if config.part is not None:
        board = board.with_part(config.part)
    if config.speed_grade is not None:
        grade = config.speed_grade.upper()
        if config.part is not None and grade != board.speed_grade:
            problem = f"{config.speed_grade!r} differs from that of part {board.part!r}; keep one of the keys"
            raise ConfigError("design.yaml: speed_grade", problem)
        board = board.with_speed_grade(grade)
    board.check_clock(config.clock_mhz)
    if config.dsp == "instantiated" and board.dsp_type not in INSTANTIATED:
        problem = f"instantiated needs one of {', '.join(INSTANTIATED)}, but {board.device} has {board.dsp_type}s"
        raise ConfigError("design.yaml: dsp", f"{problem}; write inferred")
    return board
