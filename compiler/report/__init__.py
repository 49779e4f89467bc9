"""The report of a compiled network: predicted, measured, and why."""

from compiler.report.build import build_report
from compiler.report.measured import CSim, FloatComparison, Resources, Simulation
from compiler.report.model import LayerReport, Report, load_report, save_report
from compiler.report.publish import Results, publish_report, write_pages
from compiler.report.slot_map import load_slots, save_slots, slot_maps

__all__ = [
    "CSim",
    "FloatComparison",
    "LayerReport",
    "Report",
    "Resources",
    "Results",
    "Simulation",
    "build_report",
    "load_report",
    "load_slots",
    "publish_report",
    "save_report",
    "save_slots",
    "slot_maps",
    "write_pages",
]
