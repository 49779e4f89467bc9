"""report.md: the report for readers at a terminal or on a forge."""

from __future__ import annotations

import re
from pathlib import Path

from bxnn.compiler.plural import counted
from bxnn.compiler.report.report_model import LayerReport, ReportModel
from bxnn.compiler.report.summary import summary
from bxnn.compiler.report.table import Table
from bxnn.compiler.report.tables import details
from bxnn.compiler.report.timeline import text_timeline


def render_markdown(report: ReportModel) -> str:
    """The report as Markdown."""
    parts = [
        f"# {report.name}: {counted(report.latency_cycles, 'cycle')}, {report.latency_ns:.1f} ns, "
        f"{report.latency_bx:.2f} BX, {report.dsp} DSP",
        _verdict(report),
        table_text(summary(report)),
        "## Timeline of one event",
        f"```text\n{text_timeline(_spelled_layers(report), report.latency_cycles)}\n```",
        *(table_text(table) for table in details(report)),
        "## Left out or changed, and why",
        "\n".join(f"- {_plain(notice)}" for notice in report.notices) or "Nothing.",
    ]
    return "\n\n".join(parts) + "\n"


def write_markdown(report: ReportModel, path: Path) -> None:
    """Write the report as Markdown."""
    path.write_text(render_markdown(report), encoding="utf-8")


def _verdict(report: ReportModel) -> str:
    simulation = report.simulation
    if simulation is None:
        return "Predicted only: nothing has been simulated yet (`bxnn simulate`)."
    if simulation.passed:
        tool = _plain(simulation.simulator)
        return f"Verified on {tool}: every output bit, the latency and the II as predicted."
    return f"**FAILED** on {_plain(simulation.simulator)}: {_plain(simulation.first_difference or 'see below')}"


def table_text(table: Table) -> str:
    """A table under its heading."""
    note = [_plain(table.note), ""] if table.note else []
    lines = [f"## {_plain(table.title)}", "", *note, _row(table.header), _row(("---",) * len(table.header))]
    return "\n".join([*lines, *(_row(row) for row in table.rows)])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_plain(cell) if cell != "---" else cell for cell in cells) + " |"


def _plain(text: str) -> str:
    """Text that Markdown displays literally."""
    return re.sub(r"([\\|<>*`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))", r"\\\1", " ".join(text.split()))


def _spelled_layers(report: ReportModel) -> list[LayerReport]:
    """The layers under the names given by the user."""
    return [layer.model_copy(update={"name": report.spelled(layer.name)}) for layer in report.layers]
