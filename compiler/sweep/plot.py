"""pareto.png and pareto.svg: latency against DSPs and LUTs, with the Pareto front marked."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from bxnn.compiler.installing import not_installed
from bxnn.compiler.pareto import undominated
from bxnn.compiler.sweep.point import Design

if TYPE_CHECKING:
    from bxnn.compiler.sweep.sweep_run import Row, Sweep

_FORMS = (("strategy",), ("packing",))
_MARKERS = "osD^vP*Xph<>"
_LINES = ("-", "--", ":", "-.")
_SIZES = (28.0, 130.0)  # marker area at the slowest and fastest clock, in square points
_HEADINGS = ("Initiation interval (cycles)", "Form, with its lowest cost as a line", "Clock")
_INK, _SOFT = "#1c2733", "#5c6b7a"


def require_matplotlib() -> None:
    """Raise unless the plots can be drawn.

    Raises:
        ToolError: If matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise not_installed("matplotlib", "bxnn sweep")


def pictures(sweep: Sweep) -> Mapping[str, bytes]:
    """The plots by file name; at least one point must have a design."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "bxnn", "font.size": 10, "font.family": "DejaVu Sans"}):
        figure = _Picture(sweep).figure()
        found = {}
        for name, options in (("pareto.png", {"dpi": 160}), ("pareto.svg", {"metadata": {"Date": None}})):
            file = io.BytesIO()
            figure.savefig(file, format=name.rpartition(".")[2], bbox_inches="tight", **options)
            found[name] = file.getvalue()
    return found


class _Picture:
    """One panel per cost: the colour is the initiation interval, the shape the form, the size the clock.

    Equal designs at several intervals are drawn on top of each other, the shortest interval on top.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.rows = [(row, row.answer.design) for row in sweep.rows if row.answer.design is not None]
        self.intervals = sorted({row.point.config.initiation_interval for row, _ in self.rows})
        self.clocks = sorted({row.point.config.clock_mhz for row, _ in self.rows})
        self.forms = list(dict.fromkeys(_form(row) for row, _ in self.rows))

    def figure(self) -> Any:
        """The picture."""
        from matplotlib.figure import Figure

        costs = [("DSP slices", "dsp")]
        if any(design.lut is not None for _, design in self.rows):
            costs.append(("LUTs (predicted)", "lut"))
        figure = Figure(figsize=(6.6 * len(costs) + 1.6, 5.6), layout="constrained")
        panels = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
        for panel, (label, cost) in zip(panels, costs, strict=True):
            self._panel(panel, label, cost)
        panels[0].set_ylabel("latency (ns)")
        title = f"{self.sweep.name}: latency against cost, {len(self.rows)} designs"
        panels[0].set_title(title, color=_INK, fontsize=13, loc="left", pad=12)
        legend = figure.legend(handles=self._legend(), loc="outside right upper", frameon=False, fontsize=9)
        for text in legend.get_texts():
            if text.get_text() in _HEADINGS:
                text.set_fontweight("bold")
                text.set_x(-24)
        return figure

    def _panel(self, panel: Any, label: str, cost: str) -> None:
        known = [(row, design) for row, design in self.rows if getattr(design, cost) is not None]
        for form in self.forms:
            _front(panel, [design for row, design in known if _form(row) == form], cost, self._line(form))
        for row, design in sorted(known, key=lambda item: -item[0].point.config.initiation_interval):
            panel.scatter(
                getattr(design, cost),
                design.latency_ns,
                s=self._size(row.point.config.clock_mhz),
                marker=self._marker(_form(row)),
                facecolor=self._colour(row.point.config.initiation_interval),
                edgecolor=_INK if row.pareto else "white",
                linewidth=1.8 if row.pareto else 0.6,
                zorder=4 if row.pareto else 3,
            )
        panel.set_xlabel(label)
        panel.set_xlim(left=min(0.0, panel.get_xlim()[0]))
        panel.set_ylim(bottom=0)
        panel.grid(color="#dde3e9", linewidth=0.8)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(colors=_SOFT)

    def _colour(self, interval: int) -> Any:
        import matplotlib

        place = self.intervals.index(interval) / max(len(self.intervals) - 1, 1)
        return matplotlib.colormaps["viridis"](0.05 + 0.85 * place)

    def _marker(self, form: str) -> str:
        return _MARKERS[self.forms.index(form) % len(_MARKERS)]

    def _line(self, form: str) -> str:
        return _LINES[self.forms.index(form) % len(_LINES)]

    def _size(self, clock: float) -> float:
        if len(self.clocks) == 1:
            return 60.0
        return _SIZES[0] + (_SIZES[1] - _SIZES[0]) * self.clocks.index(clock) / (len(self.clocks) - 1)

    def _legend(self) -> list[Any]:
        """What colour, shape, size and line mean."""
        from matplotlib.lines import Line2D

        def entry(label: str, marker: str = "", size: float = 60.0, **style: Any) -> Any:
            plain = {"linestyle": "", "color": _SOFT, "markeredgecolor": "white"}
            return Line2D([], [], marker=marker, markersize=size**0.5, label=label, **(plain | style))

        intervals, forms, clocks = _HEADINGS
        found = [
            entry("Pareto front of all designs", "o", color="white", markeredgecolor=_INK, markeredgewidth=1.8),
            entry(intervals),
        ]
        found += [entry(str(interval), "o", color=self._colour(interval)) for interval in self.intervals]
        found.append(entry(forms))
        found += [entry(form, self._marker(form), linestyle=self._line(form)) for form in self.forms]
        found.append(entry(clocks))
        found += [entry(f"{clock:g} MHz", "o", self._size(clock)) for clock in self.clocks]
        return found


def _form(row: Row) -> str:
    """Strategy and packing as text."""
    values = [(path[-1], row.point.value(path)) for path in _FORMS]
    return ", ".join(f"{name} {value}" for name, value in values if value is not None)


def _front(panel: Any, designs: Sequence[Design], cost: str, line: str) -> None:
    """The front of some designs as a staircase: the lowest cost for each latency."""
    pairs = [(float(getattr(design, cost)), design.latency_ns) for design in designs]
    best = undominated(sorted(pairs), lambda pair: pair)
    if best:
        xs, ys = zip(*best, strict=True)
        panel.plot(xs, ys, drawstyle="steps-post", linestyle=line, color=_SOFT, linewidth=1.2, alpha=0.8, zorder=2)
