"""The front as files: front.json, front.md, front.html and front.png."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

from bxnn.compiler.report.notebook import html_table
from bxnn.compiler.report.table import Table
from bxnn.compiler.search.front_design import FrontDesign
from bxnn.compiler.search.front_picture import front_picture
from bxnn.compiler.search.search_result import SearchResult
from bxnn.compiler.search.trial import Trial

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c2733}"
    "table{border-collapse:collapse;font-size:14px}caption{text-align:left;font-weight:600;padding:.5rem 0}"
    "th,td{border-bottom:1px solid #dde3e9;padding:.3rem .6rem;text-align:right}"
    "th:first-child,td:first-child{text-align:left}img{max-width:100%}"
)


def front_files(result: SearchResult, trials: Sequence[Trial]) -> Mapping[str, bytes]:
    """The files by name."""
    picture = front_picture(result, trials)
    return {
        "front.json": (result.model_dump_json(indent=2) + "\n").encode(),
        "front.md": _markdown(result).encode(),
        "front.html": _html(result, picture).encode(),
        "front.png": picture,
    }


def front_table(result: SearchResult) -> Table:
    """A row per design: how good it is on the test events, and what it was predicted to cost and costs."""
    objective = result.config.objective
    header = (
        "network",
        f"{objective} (test)",
        f"{objective} (validation)",
        "latency / ns",
        "DSP",
        "LUT",
        "FF",
        "predicted DSP",
        "predicted LUT",
        "folder",
    )
    return Table("Pareto front", header, tuple(_row(design) for design in result.front))


def _row(design: FrontDesign) -> tuple[str, ...]:
    final, predicted = design.final, design.predicted
    numbers = (final.dsp, final.lut, final.ff, predicted.dsp, predicted.lut)
    return (
        design.description,
        f"{design.test.value:.4f} ± {design.test.error:.4f}",
        f"{design.validation.value:.4f} ± {design.validation.error:.4f}",
        f"{final.latency_ns:.1f}",
        *("-" if number is None else str(number) for number in numbers),
        f"designs/{design.name}",
    )


def _markdown(result: SearchResult) -> str:
    table = front_table(result)
    lines = [table.header, tuple("---" for _ in table.header), *table.rows]
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(["# Pareto front", "", result.sentence + ".", "", *rows, ""])


def _html(result: SearchResult, picture: bytes) -> str:
    image = base64.b64encode(picture).decode()
    body = [
        "<h1>bxnn search</h1>",
        f"<p>{escape(result.sentence)}.</p>",
        f'<p><img alt="Objective against latency and cost" src="data:image/png;base64,{image}"></p>',
        html_table("Pareto front; figures are those of the firmware", front_table(result)),
    ]
    head = f'<meta charset="utf-8"><title>bxnn search</title><style>{_STYLE}</style>'
    return "\n".join([f'<!doctype html><html lang="en"><head>{head}</head><body>', *body, "</body></html>", ""])
