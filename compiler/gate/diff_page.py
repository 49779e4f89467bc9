"""The differences of two builds as a table and as an HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from bxnn.compiler.gate.build_diff import Change
from bxnn.compiler.gate.build_facts import BuildFacts, Value
from bxnn.compiler.report.table import Table
from bxnn.compiler.templates import template_environment

_HEADER = ("", "before", "after")


def diff_tables(changes: Sequence[Change]) -> tuple[Table, ...]:
    """One table per topic."""
    return tuple(
        Table(topic.value.capitalize(), _HEADER, tuple(_row(change) for change in rows))
        for topic, rows in groupby(changes, key=lambda change: change.topic)
    )


def _row(change: Change) -> tuple[str, str, str]:
    return change.name, _text(change.before), _text(change.after)


def diff_html(before: BuildFacts, after: BuildFacts, changes: Sequence[Change]) -> str:
    """A page that needs no other file: where the builds are from, their figures side by side, every difference."""
    environment = template_environment(Path(__file__).parent, html=True)
    return environment.get_template("diff.html.j2").render(before=before, after=after, tables=diff_tables(changes))


def _text(value: Value) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
