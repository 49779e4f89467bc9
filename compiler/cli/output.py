"""What several commands print and raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxnn.compiler.cli.presentation import present

if TYPE_CHECKING:
    from bxnn.compiler.report import ReportModel
    from bxnn.compiler.report.table import Table


class StoppedRunError(Exception):
    """Ctrl-C in a command that can be resumed; says how."""


def show_report(report: ReportModel, *more: Table | str) -> None:
    """Print the summary of a report, its notices and what else there is to say; with ``--json`` the report itself."""
    from bxnn.compiler.report.summary import summary

    notices = [f"note: {notice}" for notice in report.notices]
    present(report.model_dump(mode="json"), summary(report), *notices, *more)
