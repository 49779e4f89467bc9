"""The report of a compiled network: predicted, measured, and why."""

from bxnn.compiler.report.build import build_report
from bxnn.compiler.report.device_use import with_device_use
from bxnn.compiler.report.fault_facts import Faults, RegisterClass
from bxnn.compiler.report.measured import CSim, EngineResult, FloatComparison, Resources, Simulation, Verification
from bxnn.compiler.report.proof_facts import EntityProof, NetworkProof, OverflowCertificate, Proofs, WhyNotProven
from bxnn.compiler.report.publish import Results, publish_report, write_pages, write_report
from bxnn.compiler.report.report_file import load_report, save_report
from bxnn.compiler.report.report_model import LayerReport, ReportModel
from bxnn.compiler.report.slot_map import load_slots, save_slots, slot_maps

__all__ = [
    "CSim",
    "EngineResult",
    "EntityProof",
    "Faults",
    "FloatComparison",
    "LayerReport",
    "NetworkProof",
    "OverflowCertificate",
    "Proofs",
    "RegisterClass",
    "ReportModel",
    "Resources",
    "Results",
    "Simulation",
    "Verification",
    "WhyNotProven",
    "build_report",
    "load_report",
    "load_slots",
    "publish_report",
    "save_report",
    "save_slots",
    "slot_maps",
    "with_device_use",
    "write_pages",
    "write_report",
]
