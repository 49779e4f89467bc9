"""What a measurement leaves in the build: the report, its pages, and what the tools have written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.report import ReportModel, Results, load_report, publish_report, with_device_use


def updated(place: OpenBuild, *results: Results, **parts: object) -> ReportModel:
    """Write parts of the report, the rendered pages and what the tools have left."""
    report = with_device_use(load_report(Build(place.folder).report).model_copy(update=parts))
    publish_report(place, report, *results)
    return report


def blamed(changed: Sequence[str]) -> str:
    """A possible cause of a difference."""
    return f"; {changed[0]} was changed after bxnn wrote it" if changed else ""


def logs(work: Path, tool: str) -> Results:
    """The messages of a tool, and the files it made for others to read."""
    return Results(work, f"sim/{tool}", ("*.log", "*.xml", "result.json", "trace.txt", "*.ys", "*.v", "netlist.json"))
