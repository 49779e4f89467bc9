"""front.png: the objective against latency, DSPs and LUTs, of all trained networks and of those on the front."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from bxnn.compiler.search.search_result import SearchResult
from bxnn.compiler.search.trial import Outcome, Trial

_BLUE, _GREY, _INK, _RED = "#1f5fa8", "#aab4c0", "#1c2733", "#b3261e"
_AXES = (("latency_ns", "latency (ns)"), ("dsp", "DSP slices"), ("lut", "LUTs (predicted)"))


def front_picture(result: SearchResult, trials: Sequence[Trial]) -> bytes:
    """The picture as PNG; red lines are the limits of the budget."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"font.size": 10, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(13, 4.4), layout="constrained")
        panels = figure.subplots(1, len(_AXES), sharey=True)
        for panel, (cost, label) in zip(panels, _AXES, strict=True):
            _panel(panel, result, trials, cost)
            panel.set_xlabel(label)
            panel.grid(color="#dde3e9")
            panel.set_axisbelow(True)
            panel.spines[["top", "right"]].set_visible(False)
        panels[0].set_ylabel(f"{result.config.objective} (validation)")
        panels[0].legend(fontsize=9)
        figure.suptitle(result.sentence, x=0.01, ha="left", color=_INK)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=130)
    return file.getvalue()


def _panel(panel: Any, result: SearchResult, trials: Sequence[Trial], cost: str) -> None:
    done = [trial for trial in trials if trial.outcome is Outcome.DONE]
    xs = [getattr(trial.cost, cost) or 0 for trial in done]
    panel.scatter(xs, [trial.objective for trial in done], s=18, color=_GREY, label="trained")
    xs = [getattr(design.final, cost) or 0 for design in result.front]
    ys = [design.validation.value for design in result.front]
    errors = [design.validation.error for design in result.front]
    panel.errorbar(xs, ys, errors, fmt="o", color=_BLUE, capsize=2, label="front, compiled and verified")
    limit = getattr(result.config.budget, cost)
    if limit is not None:
        panel.axvline(limit, color=_RED, linewidth=1)
