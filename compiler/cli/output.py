"""What several commands print and raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bxnn.compiler.report import Report


class StoppedRunError(Exception):
    """Ctrl-C in a command that can be resumed; says how."""


def show_report(report: Report) -> None:
    """Print the summary of a report and its notices."""
    from bxnn.compiler.cli.terminal import print_table
    from bxnn.compiler.report.summary import summary

    print_table(summary(report))
    for notice in report.notices:
        typer.echo(f"note: {notice}")
