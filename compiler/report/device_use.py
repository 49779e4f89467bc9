"""The device of a report, and how much of it the design takes."""

from __future__ import annotations

from bxnn.boards.board import Board
from bxnn.compiler.report.measured import DeviceUse
from bxnn.compiler.report.report_model import BoardFacts, ReportModel


def board_facts(board: Board) -> BoardFacts:
    """The board as report.json describes it."""
    return BoardFacts(
        name=board.name,
        part=board.part,
        dsp_type=board.dsp_type,
        dsp=board.dsp,
        lut=board.lut,
        ff=board.ff,
        bram36=board.bram36,
        sources={name: origin.source for name, origin in board.origins.items()},
    )


def with_device_use(report: ReportModel) -> ReportModel:
    """The report with its shares of the device: of what was synthesized, if it was, else of what was predicted."""
    board = report.board
    cost = report.predicted if report.resources is None else report.resources
    bram = report.bram if report.resources is None else report.resources.bram
    use = DeviceUse(
        dsp=(report.dsp if report.resources is None else report.resources.dsp) / board.dsp,
        lut=None if cost is None else cost.lut / board.lut,
        ff=None if cost is None or board.ff is None else cost.ff / board.ff,
        bram=None if board.bram36 is None else bram / (2 * board.bram36),
    )
    return report.model_copy(update={"device_use": use})
