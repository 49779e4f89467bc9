"""The slot map of a layer as SVG: DSPs side by side, their phases downwards, wrapped into bands that fit a page."""

from __future__ import annotations

import base64
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.plural import counted
from bxnn.compiler.report.slot_map import SlotMap

COLOURS = 12  # outputs with the same number modulo this share a colour
_WIDTH = 940.0
_LEFT = 34.0
_LABEL = 13.0  # height of the DSP numbers above a band
_GAP = 7.0  # below a band
_PER_BAND = 100
_LONG_IDLE = 24  # idle phases at the end above which they are not drawn
_MOST_DSP = 4000  # drawn per layer
_MOST_SLOTS = 40_000  # drawn per layer: a megabyte
_MOST_TOOLTIPS = 30_000  # per layer; more would make the page many megabytes large


@dataclass(frozen=True)
class SlotPicture:
    """A drawn slot map.

    Attributes:
        title: What is drawn.
        caption: How full it is, and what was left out of the picture.
        svg: The picture, escaped.
    """

    title: str
    caption: str
    svg: str

    @property
    def packed(self) -> str:
        """The picture as the page holds it until it is opened: zlib, in base64."""
        return base64.b64encode(zlib.compress(self.svg.encode(), 9)).decode()


@dataclass(frozen=True)
class _Grid:
    """Where a slot is drawn, in pixels."""

    dsps: int
    phases: int

    @cached_property
    def columns(self) -> int:
        """DSPs in a band, a multiple of ten if there are several bands."""
        bands = ceil_div(self.dsps, _PER_BAND)
        return ceil_div(self.dsps, 10 * bands) * 10 if bands > 1 else self.dsps

    @cached_property
    def bands(self) -> int:
        return ceil_div(self.dsps, self.columns)

    @cached_property
    def width(self) -> float:
        """Width of a slot."""
        return (_WIDTH - _LEFT) / max(self.columns, 40)

    @cached_property
    def height(self) -> float:
        """Height of a slot; small if there are many phases."""
        return min(max(360.0 / self.phases, 2.0), 10.0)

    @cached_property
    def band(self) -> float:
        """Height of a band with its labels."""
        return _LABEL + self.height * self.phases + _GAP

    def corner(self, dsp: int, phase: int) -> tuple[float, float]:
        band, column = divmod(dsp, self.columns)
        return _LEFT + column * self.width, band * self.band + _LABEL + phase * self.height


def draw_slots(slots: SlotMap, efficiency: float | None) -> SlotPicture:
    """The picture of one layer.

    Args:
        slots: The slots.
        efficiency: MACs per DSP and cycle, all weights counted.
    """
    phases = _drawn_phases(slots)
    most = min(_MOST_DSP, max(_MOST_SLOTS // phases, 1))
    grid = _Grid(min(slots.dsp_count, most), phases)
    rows = np.flatnonzero(slots.dsp < grid.dsps)
    tooltips = rows.size <= _MOST_TOOLTIPS
    parts = [*_frame(grid), *(_cells(slots, rows, grid) if tooltips else _paths(slots, rows, grid))]
    height = grid.bands * grid.band
    label = escape(f"Slots of {slots.layer}", quote=True)
    view = f'viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{label}"'
    svg = f'<svg class="slots" {view}>\n' + "\n".join(parts) + "\n</svg>"
    return SlotPicture(f"Slots of {slots.layer}", _caption(slots, grid, tooltips, efficiency), svg)


def _drawn_phases(slots: SlotMap) -> int:
    """All phases, or those before a long idle end plus a few of it."""
    used = int(slots.phase.max()) + 1 if slots.phase.size else 1
    idle = slots.initiation_interval - used
    return slots.initiation_interval if idle <= max(used, _LONG_IDLE) else used + used // 8 + 1


def _caption(slots: SlotMap, grid: _Grid, tooltips: bool, efficiency: float | None) -> str:
    used, count = slots.used, slots.slots
    parts = [f"{slots.dsp_count} DSP, {slots.initiation_interval} phases: {used} of {count} slots used"]
    parts.append(f"{used / count:.1%}" if count else "none")
    if slots.dsp.size > used:
        parts.append(f"{slots.dsp.size} products in them")
    if efficiency is not None:
        parts.append(f"DSP efficiency {efficiency:.1%}")
    text = ", ".join(parts) + "."
    if grid.phases < slots.initiation_interval:
        text += f" Phases {grid.phases} to {slots.initiation_interval - 1} are idle."
    if grid.dsps < slots.dsp_count:
        text += f" Drawn: the first {counted(grid.dsps, 'DSP')}."
    return text if tooltips else text + " Too many slots for tooltips."


def _frame(grid: _Grid) -> Iterator[str]:
    """Idle slots in grey, the number of the first DSP of every ten, the first and the last phase."""
    for band in range(grid.bands):
        first = band * grid.columns
        count = min(grid.columns, grid.dsps - first)
        x, y = grid.corner(first, 0)
        down, across = grid.height * grid.phases, grid.width * count
        yield f'<rect class="idle" x="{x:g}" y="{y:.2f}" width="{across:.2f}" height="{down:.2f}"/>'
        for column in range(0, count, 10):
            left = x + column * grid.width
            yield f'<text class="number" x="{left:.2f}" y="{y - 3:.2f}">{first + column}</text>'
        lines = [f"M{x + column * grid.width:.2f} {y:.2f}v{down:.2f}" for column in range(1, count)]
        if grid.height > 4:
            lines += [f"M{x:g} {y + phase * grid.height:.2f}h{across:.2f}" for phase in range(1, grid.phases)]
        yield f'<path class="grid" d="{"".join(lines)}"/>'
        for phase in sorted({0, grid.phases - 1}) if grid.phases * grid.height > 18 else (0,):
            middle = y + (phase + 0.5) * grid.height + 3.5
            yield f'<text class="phase" x="{x - 5:g}" y="{middle:.2f}">{phase}</text>'


def _places(slots: SlotMap, rows: Int, grid: _Grid) -> Iterator[tuple[int, float, float, float, float]]:
    """Row, left, top, width and height of each product; products of one slot are drawn side by side in it."""
    keys = (slots.dsp[rows] * slots.initiation_interval + slots.phase[rows]).tolist()
    shared, placed = Counter(keys), Counter[int]()
    pairs = zip(slots.dsp[rows].tolist(), slots.phase[rows].tolist(), strict=True)
    margin = 0.3 if grid.height > 4 else 0.0
    for row, key, (dsp, phase) in zip(rows.tolist(), keys, pairs, strict=True):
        x, y = grid.corner(dsp, phase)
        width = (grid.width - 0.6) / shared[key]
        yield row, x + 0.3 + placed[key] * width, y + margin, width, grid.height - 2 * margin
        placed[key] += 1


def _cells(slots: SlotMap, rows: Int, grid: _Grid) -> Iterator[str]:
    for row, x, y, width, height in _places(slots, rows, grid):
        shape = f'class="o{slots.output[row] % COLOURS}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}"'
        yield f'<rect {shape} height="{height:.2f}"><title>{escape(slots.describe(row))}</title></rect>'


def _paths(slots: SlotMap, rows: Int, grid: _Grid) -> Iterator[str]:
    """One path per colour, without tooltips."""
    paths: list[list[str]] = [[] for _ in range(COLOURS)]
    for row, x, y, width, height in _places(slots, rows, grid):
        paths[slots.output[row] % COLOURS].append(f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z")
    for colour, pieces in enumerate(paths):
        yield f'<path class="o{colour}" d="{"".join(pieces)}"/>'
