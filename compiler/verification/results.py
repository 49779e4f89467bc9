"""What a measurement leaves in the build: the report, its pages, and what the tools have written."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.report import ReportModel, Results, load_report, publish_report, with_device_use


def updated(place: OpenBuild, *results: Results, **parts: object) -> ReportModel:
    """Write parts of the report, the rendered pages and what the tools have left."""
    before = load_report(Build(place.folder).report)
    dates = before.dates | dict.fromkeys((key for key, part in parts.items() if part is not None), _now())
    report = with_device_use(before.model_copy(update={**parts, "dates": dates}))
    publish_report(place, report, *results)
    return report


def _now() -> str:
    """The time in UTC; that of SOURCE_DATE_EPOCH if it is set, as in reproducible builds."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(fixed) if fixed.isdecimal() else time.time()
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def blamed(changed: Sequence[str]) -> str:
    """A possible cause of a difference."""
    return f"; {changed[0]} was changed after bxnn wrote it" if changed else ""


def logs(work: Path, tool: str) -> Results:
    """The messages of a tool, and the files it made for others to read."""
    return Results(work, f"sim/{tool}", ("*.log", "*.xml", "result.json", "trace.txt", "*.ys", "*.v", "netlist.json"))
