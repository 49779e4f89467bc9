"""report.html: one self-contained page, with the timeline and the slots drawn as SVG."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bxnn.compiler.hardware.lhc_clock import BX_NS
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted
from bxnn.compiler.report.accuracy_figures import accuracy_figures
from bxnn.compiler.report.charts import design_space, path_bars, resource_bars
from bxnn.compiler.report.cover import origin, tiles
from bxnn.compiler.report.report_model import LayerReport, ReportModel
from bxnn.compiler.report.slot_map import SlotMap
from bxnn.compiler.report.slot_picture import COLOURS, SlotPicture, draw_slots
from bxnn.compiler.report.summary import summary
from bxnn.compiler.report.table import Table, is_long, is_picture, pieces
from bxnn.compiler.report.tables import details
from bxnn.compiler.report.timeline import last_cycle
from bxnn.compiler.templates import template_environment

_WIDTH = 940.0
_LEFT = 170.0
_ROW = 26.0
_TOP = 30.0
_CROSSING = 50.0  # minimum distance between the labels of bunch crossings


@dataclass(frozen=True)
class Bar:
    """Consecutive cycles of one layer with equal load; in pixels, with the tooltip."""

    x: float
    y: float
    width: float
    opacity: float
    label: str


@dataclass(frozen=True)
class Drawing:
    """The timeline in pixels.

    Attributes:
        width: Width of the drawing.
        height: Height of the drawing.
        rows: Layer names with the baselines of their text.
        bars: What the layers do.
        ticks: Cycle labels with their x.
        crossings: x of each bunch crossing boundary, with its number.
        end_x: x of ``out_valid``.
    """

    width: float
    height: float
    rows: tuple[tuple[str, float], ...]
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[str, float], ...]
    crossings: tuple[tuple[int, float], ...]
    end_x: float


def render_html(report: ReportModel, maps: Sequence[SlotMap] = ()) -> str:
    """The report as an HTML page without external assets.

    Args:
        report: The report.
        maps: Slot maps of its layers; each is in the page compressed, and drawn when a reader opens it.
    """
    folder = Path(__file__).resolve().parent
    template = template_environment(folder, html=True).get_template("report.html.j2")
    tables = [(_key(table), table) for table in details(report)]
    charts = {
        "resource_bars": resource_bars(report),
        "path_bars": path_bars(report),
        "scatters": design_space(report),
        "accuracy_figures": accuracy_figures(report),
    }
    pictures = _pictures(report, maps)
    without_dsp = _without_dsp(report) if maps or not report.dsp else []
    return template.render(
        report=report,
        style=(folder / "report.css").read_text(encoding="utf-8"),
        script=(folder / "report.js").read_text(encoding="utf-8"),
        tiles=tiles(report),
        origin=origin(report),
        summary=summary(report),
        tables=tables,
        contents=_contents(tables, charts, bool(pictures or without_dsp)),
        drawing=draw(report),
        slot_pictures=pictures,
        without_dsp=without_dsp,
        slot_colours=COLOURS,
        is_long=is_long,
        is_picture=is_picture,
        pieces=pieces,
        left=_LEFT,
        row=_ROW,
        **charts,
    )


def _pictures(report: ReportModel, maps: Sequence[SlotMap]) -> list[SlotPicture]:
    efficiency = {layer.name: layer.dsp_efficiency for layer in report.layers}
    return [
        draw_slots(
            replace(slots, layer=report.spelled(slots.layer), source=report.spelled(slots.source)),
            efficiency.get(slots.layer),
        )
        for slots in maps
    ]


def _contents(
    tables: Sequence[tuple[str, Table]], charts: Mapping[str, Sequence[object]], slots: bool
) -> list[tuple[str, str]]:
    """Identifier and title of every part of the page."""
    found = [("predicted-and-measured", "Results"), ("origin", "Origin"), ("timeline", "Timeline")]
    for name, key, title in (
        ("resource_bars", "resources", "Resources"),
        ("path_bars", "paths", "Slowest paths"),
        ("scatters", "design-space", "Design space"),
        ("accuracy_figures", "accuracy", "Accuracy"),
    ):
        found += [(key, title)] if charts[name] else []
    found += [("slots", "Slots")] if slots else []
    return [*found, *((key, table.title) for key, table in tables), ("notices", "Left out or changed")]


def _key(table: Table) -> str:
    """Identifier of a table's part of the page."""
    return "table-" + "-".join(re.findall("[a-z]+", table.title.lower()))


def _without_dsp(report: ReportModel) -> list[str]:
    """Layers without a slot picture."""
    return [f"{layer.name} ({layer.binding})" for layer in report.layers if not layer.dsp]


def write_html(report: ReportModel, maps: Sequence[SlotMap], path: Path) -> None:
    """Write the report as an HTML page."""
    path.write_text(render_html(report, maps), encoding="utf-8")


def draw(report: ReportModel) -> Drawing:
    """The timeline of a report."""
    end = last_cycle(report.layers, report.latency_cycles) + 1
    scale = (_WIDTH - _LEFT) / end
    step = max(1, ceil_div(end, 12))
    cycles_per_bx = report.clock_mhz * BX_NS / 1000.0
    every = max(1, int(_CROSSING / (cycles_per_bx * scale)) + 1)
    crossings = range(0, int(end / cycles_per_bx) + 1, every)
    return Drawing(
        width=_WIDTH,
        height=_TOP + _ROW * len(report.layers) + 24,
        rows=tuple((report.spelled(layer.name), _TOP + _ROW * (row + 0.66)) for row, layer in enumerate(report.layers)),
        bars=tuple(bar for row in range(len(report.layers)) for bar in _bars(report, row, scale)),
        ticks=tuple((str(cycle), _LEFT + cycle * scale) for cycle in range(0, end, step)),
        crossings=tuple((bx, _LEFT + bx * cycles_per_bx * scale) for bx in crossings),
        end_x=_LEFT + report.latency_cycles * scale,
    )


def _bars(report: ReportModel, row: int, scale: float) -> list[Bar]:
    layer, bars = report.layers[row], []
    if layer.tiles > 1 and layer.activity:
        return [_tiles_bar(layer, report.spelled(layer.name), row, scale)]
    runs: list[list[int]] = []  # first cycle, cycles, active
    for work in layer.activity:
        if runs and runs[-1][0] + runs[-1][1] == work.cycle and runs[-1][2] == work.active:
            runs[-1][1] += 1
        else:
            runs.append([work.cycle, 1, work.active])
    for first, cycles, active in runs:
        span = f"cycle {first}" if cycles == 1 else f"cycles {first} to {first + cycles - 1}"
        what = f"{active} of {layer.dsp} DSP multiply" if layer.dsp else "registers"
        bars.append(
            Bar(
                x=_LEFT + first * scale,
                y=_TOP + _ROW * row + 4,
                width=max(cycles * scale - 0.5, 0.5),
                opacity=0.25 + 0.75 * (active / layer.dsp if layer.dsp else 0.2),
                label=f"{report.spelled(layer.name)}: {span}, {what}",
            )
        )
    return bars


def _tiles_bar(layer: LayerReport, name: str, row: int, scale: float) -> Bar:
    """A streaming layer from its first tile to its last, shaded by its average load."""
    first, last = layer.activity[0].cycle, layer.activity[-1].cycle + layer.tiles_span_cycles
    busy = layer.tiles * sum(work.active for work in layer.activity) / (last - first + 1)
    return Bar(
        x=_LEFT + first * scale,
        y=_TOP + _ROW * row + 4,
        width=max((last - first + 1) * scale - 0.5, 0.5),
        opacity=0.25 + 0.75 * min(busy / layer.dsp if layer.dsp else 0.2, 1.0),
        label=f"{name}: cycles {first} to {last}, {counted(layer.tiles, 'tile')}",
    )
