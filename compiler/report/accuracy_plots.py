"""Plots of accuracy on axes of matplotlib, the same for notebooks and for the report page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bxnn.compiler.report.accuracy_facts import LayerRange
from bxnn.compiler.report.calibration_facts import ClassFacts, ErrorHistogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_roc(axes: Axes, classes: Sequence[ClassFacts], colours: Sequence[str]) -> None:
    """Efficiency of each class against the rate of other events; dashed: the float model."""
    for number, own in enumerate(classes):
        colour = colours[number % len(colours)]
        axes.plot(own.roc_background, own.roc, color=colour, label=f"class {own.label}: AUC {own.auc.value:.4f}")
        if own.roc_float is not None:
            axes.plot(own.roc_background, own.roc_float, color=colour, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("share of other events that pass")
    axes.set_ylabel("efficiency")
    axes.legend(loc="lower right")


def draw_histogram(axes: Axes, histogram: ErrorHistogram, colour: str) -> None:
    """Errors of an output."""
    edges = np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1)
    axes.stairs(histogram.counts, edges.tolist(), fill=True, color=colour)
    axes.set_xlabel(f"{histogram.output}: firmware less float model")
    axes.set_ylabel("numbers")


def draw_ranges(axes: Axes, ranges: Sequence[LayerRange], held: str, found: str) -> None:
    """Sizes of the numbers of each layer, against those that its format can hold.

    Args:
        axes: Where to draw.
        ranges: The layers.
        held: Colour of the line from one LSB to the largest number of the format.
        found: Colour of the line from the smallest to the largest size found; the middle half is thicker.
    """
    for row, own in enumerate(ranges):
        most = max(abs(own.format_low), abs(own.format_high), own.lsb)
        axes.plot([own.lsb, most], [row, row], color=held, linewidth=10, solid_capstyle="butt")
        if own.sizes is not None:
            low, first, third, high = own.sizes
            axes.plot([low, high], [row, row], color=found, linewidth=2, marker="|")
            axes.plot([first, third], [row, row], color=found, linewidth=5, solid_capstyle="butt")
    axes.set_xscale("log", base=2)
    axes.set_yticks(range(len(ranges)), [own.layer for own in ranges])
    axes.invert_yaxis()
    axes.set_xlabel("size of the numbers; wide: what the format can hold")
