"""The calibration in the report: float model against firmware on events that were not used to choose formats."""

from __future__ import annotations

from bxnn.compiler.plural import counted
from bxnn.compiler.report.calibration_facts import CalibrationFacts, ErrorHistogram, Estimate
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table

_BARS = "▁▂▃▄▅▆▇█"


def calibration_tables(report: ReportModel) -> tuple[Table, ...]:
    """All tables of the calibration; none without one."""
    facts = report.calibration
    if facts is None:
        return ()
    return (_decisions(facts), *_classes(facts), _errors(facts), *_saturated(facts), *_trade_off(facts))


def _decisions(facts: CalibrationFacts) -> Table:
    rows = (
        ("events of the calibration", "-", str(facts.calibrated_on)),
        ("accuracy", _text(facts.accuracy_float), _text(facts.accuracy)),
        ("decisions of the float model kept", "-", _text(facts.agreement)),
        ("rms error of the outputs, in units of their spread", "-", f"{facts.rms_error:.4f}"),
        ("loss", "-", f"{facts.loss:.3g}"),
    )
    return Table(f"Float model and firmware on {counted(facts.events, 'event')}", ("", "float", "firmware"), rows)


def _classes(facts: CalibrationFacts) -> tuple[Table, ...]:
    if facts.background is None:
        return ()
    rows = tuple(
        (
            str(own.label),
            _text(own.auc_float),
            _text(own.auc),
            _text(own.efficiency_float),
            _text(own.efficiency),
        )
        for own in facts.classes
    )
    efficiency = f"efficiency at {100 * facts.background:g} % background"
    header = ("class", "AUC, float", "AUC, firmware", f"{efficiency}, float", f"{efficiency}, firmware")
    return (Table("Each class against the rest", header, rows),)


def _errors(facts: CalibrationFacts) -> Table:
    rows = tuple((own.output, f"{own.low:.4g}", _bars(own), f"{own.high:.4g}") for own in facts.histograms)
    return Table("Errors of the outputs", ("output", "from", "events", "to"), rows)


def _saturated(facts: CalibrationFacts) -> tuple[Table, ...]:
    rows = tuple((name, f"{100 * share:.3g} %") for name, share in facts.saturated.items())
    return (Table("Numbers that saturate", ("input or layer", "fraction"), rows),) if rows else ()


def _trade_off(facts: CalibrationFacts) -> tuple[Table, ...]:
    rows = tuple(
        (
            step.lowered or "-",
            "-" if step.bits is None else str(step.bits),
            ", ".join(step.raised) or "-",
            f"{step.dsp:.0f}",
            f"{step.lut:.0f}",
            f"{step.loss:.3g}",
            "-" if step.agreement is None else f"{100 * step.agreement:.2f} %",
        )
        for step in facts.trade_off
    )
    header = ("lowered", "to bits", "raised", "DSP", "LUT", "loss", "decisions kept")
    return (Table("Trade-off: bits lowered or exchanged one at a time", header, rows),) if rows else ()


def _text(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.4f} ± {estimate.error:.4f}"


def _bars(histogram: ErrorHistogram) -> str:
    """The histogram as a line of bars."""
    most = max(histogram.counts) or 1
    return "".join(_BARS[(len(_BARS) - 1) * count // most] for count in histogram.counts)
