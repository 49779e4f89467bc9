"""sweep.csv, sweep.md and the table on the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bxnn.compiler.plural import counted
from bxnn.compiler.report.markdown import table_text
from bxnn.compiler.report.table import Table
from bxnn.compiler.sweep.point import ALWAYS_SHOWN, Design
from bxnn.compiler.sweep.sweep_config import KeyPath

if TYPE_CHECKING:
    from bxnn.compiler.sweep.sweep_run import Row, Sweep

_FIELDS = tuple(Design.model_fields)


def parameters(sweep: Sweep) -> tuple[KeyPath, ...]:
    """Configuration keys that a table shows: those of every table, then the others that were swept."""
    return (*ALWAYS_SHOWN, *(path for path in sweep.swept if path not in ALWAYS_SHOWN))


def csv_text(sweep: Sweep) -> str:
    """One line per point in the order of sweep.yaml; an empty cell is an unknown value."""
    shown = parameters(sweep)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*(".".join(path) for path in shown), *_FIELDS, "pareto", "error"))
    for row in sweep.rows:
        design = row.answer.design
        costs = [None if design is None else getattr(design, name) for name in _FIELDS]
        writer.writerow((*(row.point.value(path) for path in shown), *costs, int(row.pareto), row.answer.error))
    return file.getvalue()


def sweep_object(sweep: Sweep) -> dict[str, Any]:
    """The sweep for programs: the values that were swept, and the design or the error of each point."""
    rows = [
        {
            "values": {".".join(path): row.point.value(path) for path in sweep.swept},
            "design": None if row.answer.design is None else row.answer.design.model_dump(mode="json"),
            "pareto": row.pareto,
            "error": row.answer.error,
        }
        for row in sweep.rows
    ]
    return {"name": sweep.name, "folder": str(sweep.folder), "points": rows}


def markdown_text(sweep: Sweep) -> str:
    """The sweep for readers: the front, all points by latency, the failures."""
    found = [row for row in sweep.rows if row.answer.design is not None]
    parts = [
        f"# Sweep of {sweep.name}: {counted(len(sweep.rows), 'point')}, "
        f"{len(sweep.rows) - len(found)} without a schedule"
    ]
    if found:
        parts.append("![Latency against cost](pareto.svg)")
    parts += [table_text(table) for table in tables(sweep)]
    return "\n\n".join(parts) + "\n"


def tables(sweep: Sweep) -> tuple[Table, ...]:
    """The Pareto front, the other designs and the failures, each unless empty."""
    found = sorted((row for row in sweep.rows if row.answer.design is not None), key=_order)
    front, others = [row for row in found if row.pareto], [row for row in found if not row.pareto]
    failed = [row for row in sweep.rows if row.answer.design is None]
    shown = parameters(sweep)
    names = tuple(".".join(path) for path in shown)
    header = (*names, "latency (ns)", "cycles", "BX", "DSP", "DSP efficiency", "LUT", "FF")
    failures = tuple((*_values(row, shown), row.answer.error or "") for row in failed)
    candidates = (
        Table("Pareto front", header, _cells(front, shown)),
        Table("Other designs", header, _cells(others, shown)),
        Table("Without a schedule", (*names, "error"), failures),
    )
    return tuple(table for table in candidates if table.rows)


def _order(row: Row) -> tuple[float, int]:
    design = row.answer.design
    assert design is not None
    return design.latency_ns, design.dsp


def _cells(rows: Sequence[Row], shown: Sequence[KeyPath]) -> tuple[tuple[str, ...], ...]:
    return tuple((*_values(row, shown), *_costs(row.answer.design)) for row in rows if row.answer.design is not None)


def _values(row: Row, shown: Sequence[KeyPath]) -> tuple[str, ...]:
    return tuple(_text(row.point.value(path)) for path in shown)


def _costs(design: Design) -> tuple[str, ...]:
    efficiency = "-" if design.dsp_efficiency is None else f"{design.dsp_efficiency:.1%}"
    latency = f"{design.latency_ns:.1f}", str(design.latency_cycles), f"{design.latency_bx:.2f}"
    return (*latency, str(design.dsp), efficiency, _text(design.lut), _text(design.ff))


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
