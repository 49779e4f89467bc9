"""The trade-off of a search as a picture: what is kept against what it costs, each step a point."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec

from bxnn.compiler.plural import counted
from bxnn.compiler.report.calibration_facts import TradeOff

_INK, _SOFT, _CHOSEN = "#1c2733", "#5c6b7a", "#c0392b"


def trade_off_picture(steps: Sequence[TradeOff], luts_per_dsp: float) -> bytes | None:
    """The picture as PNG; ``None`` if matplotlib is not installed or nothing was lowered.

    Args:
        steps: All steps, the chosen network last.
        luts_per_dsp: How many LUTs a DSP slice counts for.
    """
    if not steps or find_spec("matplotlib") is None:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 5.0), layout="constrained")
    panel = figure.subplots()
    costs = [step.lut + luts_per_dsp * step.dsp for step in steps]
    decides = all(step.agreement is not None for step in steps)
    values = [100 * (step.agreement or 0.0) if decides else step.loss for step in steps]
    panel.plot(costs, values, color=_SOFT, marker="o", markersize=3, linewidth=1)
    panel.plot(costs[-1:], values[-1:], color=_CHOSEN, marker="o", markersize=8, linestyle="")
    panel.annotate("chosen", (costs[-1], values[-1]), textcoords="offset points", xytext=(8, -4), color=_CHOSEN)
    if not decides:
        panel.set_yscale("log")
    panel.set_xlabel(f"LUTs + {luts_per_dsp:.0f} per DSP slice (predicted)")
    panel.set_ylabel("decisions of the float model kept (%)" if decides else "loss")
    panel.set_title(counted(len(steps), "step") + " of the search", color=_INK, loc="left")
    panel.grid(color="#dde3e9", linewidth=0.8)
    panel.spines[["top", "right"]].set_visible(False)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=150, metadata={"Software": None})
    return file.getvalue()
