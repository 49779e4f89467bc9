"""The report of a compiled network: predicted, measured, and why."""

from compiler.report.build import build_report
from compiler.report.html import write_html
from compiler.report.markdown import write_markdown
from compiler.report.model import (
    CSim,
    FloatComparison,
    LayerReport,
    Report,
    Resources,
    Simulation,
    load_report,
    save_report,
)

__all__ = [
    "CSim",
    "FloatComparison",
    "LayerReport",
    "Report",
    "Resources",
    "Simulation",
    "build_report",
    "load_report",
    "save_report",
    "write_html",
    "write_markdown",
]
