"""The command ``bxnn report``."""

from __future__ import annotations

from bxnn.compiler.cli.cli_options import Build
from bxnn.compiler.cli.output import show_report


def report(build: Build) -> None:
    """Render report.html and report.md from BUILD/report.json."""
    from bxnn.compiler import driver
    from bxnn.compiler.report import load_report

    page = driver.report(build)
    show_report(load_report(build / "report.json"), f"wrote {page}")
