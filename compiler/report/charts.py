"""Charts of the report page as numbers between 0 and 1: the page draws them in its own colours, dark or light.

These are bars and points: a plotting library would add a second to every compile. What is measured is drawn by one
(``svg_figure.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bxnn.compiler.plural import counted
from bxnn.compiler.report.report_model import ReportModel


@dataclass(frozen=True)
class Dot:
    """A point of a scatter plot, from the lower left corner.

    Attributes:
        x: Across.
        y: Upwards.
        label: Tooltip.
        chosen: Whether it is the design that was built.
        fits: Whether it meets the limits.
    """

    x: float
    y: float
    label: str
    chosen: bool
    fits: bool


@dataclass(frozen=True)
class Scatter:
    """Designs by latency and cost.

    Attributes:
        title: What is upwards.
        dots: The designs.
        x_ends: Least and largest latency in cycles.
        y_ends: Least and largest cost.
    """

    title: str
    dots: tuple[Dot, ...]
    x_ends: tuple[int, int]
    y_ends: tuple[int, int]


@dataclass(frozen=True)
class Bar:
    """A bar of several pieces.

    Attributes:
        name: What it stands for.
        pieces: Name, share of the full width, tooltip and number of the colour of each piece.
        text: The number beside it.
        over: Whether it exceeds what it is held against.
    """

    name: str
    pieces: tuple[tuple[str, float, str, int], ...]
    text: str
    over: bool = False


def design_space(report: ReportModel) -> tuple[Scatter, ...]:
    """Latency against DSPs, and against LUTs if every design was priced; none if there was one design only."""
    if len(report.front) < 2:
        return ()
    costs = {"DSP": [design.dsp for design in report.front]}
    luts = [design.lut for design in report.front if design.lut is not None]
    if len(luts) == len(report.front):
        costs["LUT"] = luts
    cycles = [design.latency_cycles for design in report.front]
    return tuple(_scatter(report, name, cycles, values) for name, values in costs.items())


def _scatter(report: ReportModel, name: str, cycles: Sequence[int], costs: Sequence[int]) -> Scatter:
    x_ends, y_ends = (min(cycles), max(cycles)), (min(costs), max(costs))
    dots = tuple(
        Dot(
            _share(own, x_ends),
            _share(cost, y_ends),
            f"{counted(own, 'cycle')}, {cost} {name}"
            + (": chosen" if design.chosen else "" if design.fits else ": over a limit"),
            design.chosen,
            design.fits,
        )
        for design, own, cost in zip(report.front, cycles, costs, strict=True)
    )
    return Scatter(f"{name} against latency", dots, x_ends, y_ends)


def _share(value: float, ends: tuple[float, float]) -> float:
    return 0.5 if ends[0] == ends[1] else (value - ends[0]) / (ends[1] - ends[0])


def path_bars(report: ReportModel) -> tuple[Bar, ...]:
    """The slowest path of every class, predicted and measured, as shares of the period."""
    timing = report.timing
    if timing is None:
        return ()
    bars = []
    for path in timing.classes:
        predicted = path.predicted_ns(timing.estimate)
        for what, ns in (("predicted", predicted), ("netlist", path.measured_ns)):
            if ns is None:
                continue
            share = min(ns / timing.period_ns, 1.0)
            text = f"{ns:.3f} ns"
            bars.append(Bar(f"{path.kind.value} {what}", ((what, share, text, 0),), text, ns > timing.time_ns))
    return tuple(bars)


def resource_bars(report: ReportModel) -> tuple[Bar, ...]:
    """How the layers share DSPs, LUTs and flip-flops, as predicted."""
    costs = {
        "DSP": [layer.dsp for layer in report.layers],
        "LUT": [layer.predicted_lut or 0 for layer in report.layers],
        "FF": [layer.predicted_ff or 0 for layer in report.layers],
    }
    names = [report.spelled(layer.name) for layer in report.layers]
    return tuple(
        Bar(
            unit,
            tuple(
                (name, count / sum(counts), f"{name}: {count} {unit}, {100 * count / sum(counts):.1f} %", colour)
                for colour, (name, count) in enumerate(zip(names, counts, strict=True))
                if count
            ),
            str(sum(counts)),
        )
        for unit, counts in costs.items()
        if sum(counts)
    )
