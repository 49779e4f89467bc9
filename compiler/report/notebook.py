"""Tables of the report as notebooks show them."""

from __future__ import annotations

from html import escape

from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.summary import summary
from bxnn.compiler.report.table import Table


def html_report(report: ReportModel) -> str:
    """What a notebook shows of a report: its summary."""
    return html_table(report.brief, summary(report))


def html_table(caption: str, table: Table) -> str:
    """The table as an HTML fragment in the style of the notebook."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
