"""The command ``bxnn diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.presentation import present


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A build folder or a report.json.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The one to compare with it.")],
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page, too.")] = None,
) -> None:
    """Show what changed between two builds: weights, formats, schedule, resources, timing, measurements."""
    from bxnn.compiler.gate.build_diff import build_diff
    from bxnn.compiler.gate.build_facts import BuildFacts
    from bxnn.compiler.gate.diff_page import diff_html, diff_tables

    first, second = BuildFacts.load(before), BuildFacts.load(after)
    changes = build_diff(first, second)
    shown = [] if changes else ["The builds do not differ."]
    if html is not None:
        html.write_text(diff_html(first, second, changes), encoding="utf-8")
        shown.append(f"wrote {html}")
    rows = [
        {"topic": each.topic.value, "name": each.name, "before": each.before, "after": each.after} for each in changes
    ]
    present({"equal": not changes, "changes": rows}, *diff_tables(changes), *shown)
