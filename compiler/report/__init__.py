"""The report of a compiled network: predicted, measured, and why."""

from pathlib import Path

from compiler.report.build import build_report
from compiler.report.html import write_html
from compiler.report.markdown import write_markdown
from compiler.report.measured import CSim, FloatComparison, Resources, Simulation
from compiler.report.model import LayerReport, Report, load_report, save_report
from compiler.report.slot_map import load_slots, save_slots, slot_maps


def write_pages(report: Report, folder: Path) -> None:
    """Write report.md and report.html into a build folder, which holds the slots of the design.

    Raises:
        InputError: If the slots cannot be read.
    """
    write_markdown(report, folder / "report.md")
    write_html(report, load_slots(folder), folder / "report.html")


__all__ = [
    "CSim",
    "FloatComparison",
    "LayerReport",
    "Report",
    "Resources",
    "Simulation",
    "build_report",
    "load_report",
    "load_slots",
    "save_report",
    "save_slots",
    "slot_maps",
    "write_pages",
]
