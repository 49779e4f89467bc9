"""The designs from which the scheduler chose, as shown in the summary and the report."""

from __future__ import annotations

from bxnn.compiler.plural import counted
from bxnn.compiler.report.front_facts import FrontFacts
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table

_OVER = "over a limit"


def front(report: ReportModel) -> Table:
    """Every design of the front that was searched, with DSPs and with adder graphs."""
    rows = [
        (
            str(design.latency_cycles),
            str(design.dsp),
            _or_dash(design.lut),
            _or_dash(design.ff),
            "chosen" if design.chosen else "" if design.fits else _OVER,
        )
        for design in report.front
    ]
    if report.not_searched is not None:
        rows.append(("not searched", "0", "-", "-", report.not_searched))
    return Table("Designs on the Pareto front", ("cycles", "DSP", "LUT", "FF", ""), tuple(rows))


def brief(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    """Rows of the summary: the fastest and smallest other designs with and without DSPs, and what was not searched."""
    others = [design for design in report.front if not design.chosen]
    fitting, over = [d for d in others if d.fits], [d for d in others if not d.fits]
    with_dsp, without = [d for d in fitting if d.dsp], [d for d in fitting if not d.dsp]
    found = [pick(kind) for kind in (with_dsp, without) if kind for pick in (_fastest, _smallest)]
    shown = dict.fromkeys(found + ([_smallest(over)] if over else []))
    texts = [_described(design) for design in shown]
    if report.not_searched is not None:
        texts.append(f"adder graphs not searched ({report.not_searched})")
    return tuple(("other designs" if n == 0 else "", text, "") for n, text in enumerate(texts))


def _fastest(designs: list[FrontFacts]) -> FrontFacts:
    return min(designs, key=lambda design: (design.latency_cycles, design.dsp, design.lut or 0))


def _smallest(designs: list[FrontFacts]) -> FrontFacts:
    return min(designs, key=lambda design: (design.dsp, design.lut or 0, design.latency_cycles))


def _described(design: FrontFacts) -> str:
    luts = "" if design.lut is None else f", {design.lut} LUT"
    return f"{counted(design.latency_cycles, 'cycle')}, {design.dsp} DSP{luts}" + ("" if design.fits else f" ({_OVER})")


def _or_dash(value: int | None) -> str:
    return "-" if value is None else str(value)
