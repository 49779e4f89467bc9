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
        slrs=board.slrs,
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
    if board.slrs is not None:
        shares = (use.dsp, use.lut, use.ff, use.bram)
        use = use.model_copy(update={"slr": board.slrs * max(share for share in shares if share is not None)})
    return report.model_copy(update={"device_use": use})


def use_text(report: ReportModel) -> str:
    """The shares in per cent, and that of one SLR where the device has several."""
    use, slrs = report.device_use, report.board.slrs
    if use is None:
        return "not known"
    shares = (("DSP", use.dsp), ("LUT", use.lut), ("FF", use.ff), ("block RAM", use.bram))
    text = ", ".join(f"{name} {share:.2%}" for name, share in shares if share is not None)
    several = slrs is not None and slrs > 1 and use.slr is not None
    return f"{text}; {use.slr:.2%} of one of {slrs} SLRs" if several else text
