"""The accuracy on events of a file, as tables of the report."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.plural import counted
from bxnn.compiler.report.accuracy_facts import AccuracyFacts, LayerRange
from bxnn.compiler.report.calibration_facts import ClassFacts, ErrorHistogram, Estimate
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table

_BARS = "▁▂▃▄▅▆▇█"
Confusion = tuple[tuple[int, ...], ...]


def accuracy_tables(report: ReportModel) -> tuple[Table, ...]:
    """All tables of the accuracy; none without events."""
    facts = report.accuracy
    if facts is None:
        return ()
    return (
        *_decisions(facts),
        *class_table("Each class against the others", facts.classes, facts.background),
        *confusion_tables(facts.confusion, facts.confusion_float),
        *error_table("Errors of the outputs against the float model", facts.histograms),
        _ranges(facts.ranges, facts.range_events),
    )


def _decisions(facts: AccuracyFacts) -> tuple[Table, ...]:
    if facts.accuracy is None:
        return ()
    title = f"Accuracy on {counted(facts.events, 'event')} of {facts.input}"
    rows = (
        ("accuracy", estimate_text(facts.accuracy_float), estimate_text(facts.accuracy)),
        ("computed by", facts.float_model or "-", "the reference, whose bits are those of the firmware"),
        ("sha256 of the file", facts.sha256, ""),
    )
    return (Table(title, ("", "float", "firmware"), rows),)


def class_table(title: str, classes: Sequence[ClassFacts], background: float | None) -> tuple[Table, ...]:
    """Area and efficiency of each class; no table without classes."""
    if background is None:
        return ()
    rows = tuple(
        (
            str(own.label),
            estimate_text(own.auc_float),
            estimate_text(own.auc),
            estimate_text(own.efficiency_float),
            estimate_text(own.efficiency),
        )
        for own in classes
    )
    efficiency = f"efficiency at {100 * background:g} % background"
    header = ("class", "AUC, float", "AUC, firmware", f"{efficiency}, float", f"{efficiency}, firmware")
    return (Table(title, header, rows),)


def confusion_tables(firmware: Confusion | None, floats: Confusion | None) -> tuple[Table, ...]:
    """Events by true and decided class."""
    found = (("firmware", firmware), ("float model", floats))
    return tuple(_confusion(f"Decisions of the {name}", counts) for name, counts in found if counts is not None)


def _confusion(title: str, counts: Confusion) -> Table:
    header = ("true class", *(f"decided {label}" for label in range(len(counts))), "right")
    rows = []
    for label, row in enumerate(counts):
        right = f"{100 * row[label] / sum(row):.1f} %" if sum(row) else "-"
        rows.append((str(label), *map(str, row), right))
    return Table(title, header, tuple(rows))


def error_table(title: str, histograms: Sequence[ErrorHistogram]) -> tuple[Table, ...]:
    """A line of bars for each output."""
    rows = tuple((own.output, f"{own.low:.4g}", _bars(own), f"{own.high:.4g}") for own in histograms)
    return (Table(title, ("output", "from", "events", "to"), rows),) if rows else ()


def _ranges(ranges: Sequence[LayerRange], events: int) -> Table:
    header = ("input or layer", "format", "it holds", "found", "middle half of the sizes", "saturated")
    rows = tuple(
        (
            own.layer,
            own.format,
            f"{own.format_low:g} to {own.format_high:g}",
            f"{own.low:g} to {own.high:g}",
            "-" if own.sizes is None else f"{own.sizes[1]:g} to {own.sizes[2]:g}",
            "-" if own.saturated is None else f"{100 * own.saturated:.3g} %",
        )
        for own in ranges
    )
    return Table(f"Ranges against formats, {counted(events, 'event')}", header, rows)


def estimate_text(estimate: Estimate | None) -> str:
    """The number with its error."""
    return "-" if estimate is None else f"{estimate.value:.4f} ± {estimate.error:.4f}"


def _bars(histogram: ErrorHistogram) -> str:
    """The histogram as a line of bars."""
    most = max(histogram.counts) or 1
    return "".join(_BARS[(len(_BARS) - 1) * count // most] for count in histogram.counts)
