"""A plot of matplotlib as SVG for the report page, in the page's own colours: readable in dark, light and on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Stand-ins, which no plot would have by chance, for colours of the style sheet.
INK, SOFT, LINE = "#0a0b01", "#0a0b02", "#0a0b03"
SERIES = tuple(f"#0c0d{number:02x}" for number in range(1, 9))
_NAMES = {INK: "ink", SOFT: "soft", LINE: "line"} | {colour: f"series{n}" for n, colour in enumerate(SERIES)}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bxnn",  # the same plot has the same identifiers
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.titlesize": 10,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "figure.facecolor": "none",
    "legend.frameon": False,
    "legend.fontsize": 8,
}


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def svg_figure(key: str, title: str, size: tuple[float, float], draw: Callable[[Axes], object]) -> str:
    """The SVG element.

    Args:
        key: Begins every identifier in it; unique on the page.
        title: What is drawn, for those who cannot see it.
        size: Width and height in inches.
        draw: Draws on axes.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.subplots())
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _embedded(text.getvalue(), key, title)


def _embedded(svg: str, key: str, title: str) -> str:
    """Without what only a file of its own needs."""
    view = re.search(r'viewBox="[^"]*"', svg)
    assert view is not None
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index(">", svg.index("<svg")) + 1 :], flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{key}-', body.replace("xlink:href", "href"))
    body = re.sub(r'href="#', f'href="#{key}-', body)
    body = re.sub(r"url\(#", f"url(#{key}-", body)
    for colour, name in _NAMES.items():
        body = body.replace(colour, f"var(--{name})")
    return f'<svg class="plot" {view[0]} role="img" aria-label="{escape(title, quote=True)}">{body}'
