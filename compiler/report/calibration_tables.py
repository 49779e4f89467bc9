"""The calibration in the report: float model against firmware on events that were not used to choose formats."""

from __future__ import annotations

from collections import Counter

from bxnn.compiler.plural import counted
from bxnn.compiler.report.accuracy_tables import class_table, confusion_tables, error_table, estimate_text
from bxnn.compiler.report.calibration_facts import CalibrationFacts
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table


def calibration_tables(report: ReportModel) -> tuple[Table, ...]:
    """All tables of the calibration; none without one."""
    facts = report.calibration
    if facts is None:
        return ()
    return (
        _decisions(facts),
        *class_table("Calibration: each class against the rest", facts.classes, facts.background),
        *(confusion_tables(facts.confusion, facts.confusion_float) if report.accuracy is None else ()),
        *error_table("Calibration: errors of the outputs", facts.histograms),
        *_saturated(facts),
        *_trade_off(facts),
    )


def _decisions(facts: CalibrationFacts) -> Table:
    rows = (
        ("events of the calibration", "-", str(facts.calibrated_on)),
        ("accuracy", estimate_text(facts.accuracy_float), estimate_text(facts.accuracy)),
        ("decisions of the float model kept", "-", estimate_text(facts.agreement)),
        ("rms error of the outputs, in units of their spread", "-", f"{facts.rms_error:.4f}"),
        ("loss", "-", f"{facts.loss:.3g}"),
    )
    return Table(f"Float model and firmware on {counted(facts.events, 'event')}", ("", "float", "firmware"), rows)


def _saturated(facts: CalibrationFacts) -> tuple[Table, ...]:
    rows = tuple((name, f"{100 * share:.3g} %") for name, share in facts.saturated.items())
    return (Table("Numbers that saturate", ("input or layer", "fraction"), rows),) if rows else ()


def _trade_off(facts: CalibrationFacts) -> tuple[Table, ...]:
    rows = tuple(
        (
            step.lowered or "-",
            "-" if step.bits is None else str(step.bits),
            _counts(step.raised) or "-",
            f"{step.dsp:.0f}",
            f"{step.lut:.0f}",
            f"{step.loss:.3g}",
            "-" if step.agreement is None else f"{100 * step.agreement:.2f} %",
        )
        for step in facts.trade_off
    )
    header = ("lowered", "to bits", "raised", "DSP", "LUT", "loss", "decisions kept")
    return (Table("Trade-off: bits lowered, added or exchanged", header, rows),) if rows else ()


def _counts(places: tuple[str, ...]) -> str:
    """Places that gained bits, each with the number of bits if there are several."""
    counts = Counter(places)
    return ", ".join(place if count == 1 else f"{place} ({counted(count, 'bit')})" for place, count in counts.items())
