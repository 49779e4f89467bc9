"""Plots of a compiled network for notebooks and slides, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from bxnn.compiler.installing import not_installed
from bxnn.compiler.report.accuracy_facts import LayerRange
from bxnn.compiler.report.accuracy_plots import draw_ranges, draw_roc
from bxnn.compiler.report.calibration_facts import ClassFacts
from bxnn.compiler.report.report_model import ReportModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _GREY, _RED = "#1f5fa8", "#c5ced8", "#b3261e"
_ROC_ROWS = 8  # layers in a panel of that height


def plot_timeline(report: ReportModel, ax: Axes | None = None) -> Axes:
    """Which layer is busy in which cycle: the darker, the more of its DSPs multiply.

    Args:
        report: The report of the network.
        ax: Where to draw; a new figure by default.

    Raises:
        ToolError: If matplotlib is not installed.
    """
    panel = _panel(ax, len(report.layers))
    for row, layer in enumerate(report.layers):
        for work in layer.activity:
            share = work.active / layer.dsp if layer.dsp else 0.2
            span = layer.tiles_span_cycles + 1
            panel.broken_barh([(work.cycle, span)], (row - 0.4, 0.8), color=_BLUE, alpha=0.25 + 0.75 * min(share, 1.0))
    panel.axvline(report.latency_cycles, color=_RED)
    panel.text(report.latency_cycles, -0.6, " out_valid", color=_RED, va="bottom", ha="right")
    panel.set_yticks(range(len(report.layers)), [report.spelled(layer.name) for layer in report.layers])
    panel.invert_yaxis()
    panel.set_xlabel(f"cycle at {report.clock_mhz:g} MHz")
    panel.set_title(report.brief)
    return panel


def plot_resources(report: ReportModel, ax: Axes | None = None) -> Axes:
    """Shares of the layers in the DSPs, LUTs and flip-flops of the network; arguments as ``plot_timeline``."""
    panel = _panel(ax, 3)
    costs = {
        "DSP": [layer.dsp for layer in report.layers],
        "LUT": [layer.predicted_lut or 0 for layer in report.layers],
        "FF": [layer.predicted_ff or 0 for layer in report.layers],
    }
    left = np.zeros(len(costs))
    totals = np.array([max(sum(counts), 1) for counts in costs.values()])
    for index, layer in enumerate(report.layers):
        widths = np.array([counts[index] for counts in costs.values()]) / totals
        if widths.any():
            panel.barh(range(len(costs)), widths, left=left, label=report.spelled(layer.name))
            left += widths
    panel.set_yticks(range(len(costs)), [f"{name} ({sum(counts)})" for name, counts in costs.items()])
    panel.invert_yaxis()
    panel.set_xlabel("share of the network's layers")
    panel.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return panel


def plot_ranges(ranges: Sequence[LayerRange], ax: Axes | None = None) -> Axes:
    """Sizes of the numbers of each layer, against those that its format can hold.

    Grey: from one LSB to the largest number of the format; blue: the smallest to the largest nonzero size found, the
    middle half of them thicker.

    Args:
        ranges: The layers.
        ax: Where to draw; a new figure by default.

    Raises:
        ToolError: If matplotlib is not installed.
    """
    panel = _panel(ax, len(ranges))
    draw_ranges(panel, ranges, _GREY, _BLUE)
    return panel


def plot_roc(classes: Sequence[ClassFacts], ax: Axes | None = None) -> Axes:
    """Efficiency of each class against the rate of other events that pass; arguments as ``plot_ranges``."""
    panel = _panel(ax, _ROC_ROWS)
    draw_roc(panel, classes, [f"C{number}" for number in range(10)])
    return panel


def _panel(ax: Axes | None, rows: int) -> Axes:
    if find_spec("matplotlib") is None:
        raise not_installed("matplotlib", "a plot")
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(8.0, 1.2 + 0.35 * rows), layout="constrained")[1]
