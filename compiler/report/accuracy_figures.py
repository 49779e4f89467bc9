"""The pictures of the accuracy on the report page; none without matplotlib, but every number is in a table too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bxnn.compiler.plural import counted
from bxnn.compiler.report.accuracy_facts import LayerRange
from bxnn.compiler.report.accuracy_plots import draw_histogram, draw_ranges, draw_roc
from bxnn.compiler.report.calibration_facts import ClassFacts, ErrorHistogram
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.svg_figure import LINE, SERIES, can_draw, svg_figure

_SIZE = (4.6, 3.2)
_WIDE = 7.0  # over the whole page, and readable on one of half the width
_ROW = 0.24  # inches


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes:
        svg: The SVG element.
        caption: What it shows.
        wide: Whether it takes the whole width.
    """

    svg: str
    caption: str
    wide: bool = False


def accuracy_figures(report: ReportModel) -> tuple[Figure, ...]:
    """Curves, errors and ranges of what was measured on events; of a calibration, if nothing else was."""
    if not can_draw():
        return ()
    facts, calibration = report.accuracy, report.calibration
    found: list[Figure] = []
    if facts is not None:
        found += [*_roc(facts.classes, f"{counted(facts.events, 'event')} of {facts.input}")]
        found += [*_errors(facts.histograms), *_ranges(facts.ranges)]
    elif calibration is not None:
        found += [
            *_roc(calibration.classes, f"{counted(calibration.events, 'event')} that the calibration did not see")
        ]
        found += _errors(calibration.histograms)
    return tuple(found)


def _roc(classes: Sequence[ClassFacts], events: str) -> list[Figure]:
    drawn = [own for own in classes if own.roc]
    if not drawn:
        return []
    title = f"Efficiency against the share of other events that pass, {events}"
    svg = svg_figure("roc", title, _SIZE, lambda axes: draw_roc(axes, drawn, SERIES))
    dashed = "; dashed: the float model" if any(own.roc_float is not None for own in drawn) else ""
    return [Figure(svg, f"{title}{dashed}.")]


def _errors(histograms: Sequence[ErrorHistogram]) -> list[Figure]:
    found = []
    for number, own in enumerate(histograms):
        title = f"Errors of the output {own.output}"
        svg = svg_figure(f"errors{number}", title, _SIZE, partial(draw_histogram, histogram=own, colour=SERIES[0]))
        found.append(Figure(svg, f"{title}: firmware less float model; the outermost bins hold all beyond."))
    return found


def _ranges(ranges: Sequence[LayerRange]) -> list[Figure]:
    title = "Sizes of the numbers of each layer against those that its format can hold"
    size = (_WIDE, 0.7 + _ROW * len(ranges))
    svg = svg_figure("ranges", title, size, lambda axes: draw_ranges(axes, ranges, LINE, SERIES[0]))
    return [Figure(svg, f"{title}; thick: the middle half of those that are not 0.", wide=True)]
