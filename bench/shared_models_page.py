"""The page of ``python -m bench.shared_models``, made from the reports of the builds."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.gate import Check, Limits, checked
from bxnn.compiler.plural import counted
from bxnn.compiler.report import ReportModel

EVENTS = 100
_HEAD = f"""# Third-party models in every engine

Written by `python -m bench.shared_models`: files of HGQ2, of QKeras (recurrent networks), of QONNX and of the quantizer
of onnxruntime (QDQ), compiled for an event every 8 cycles at 320.632 MHz in an xcvu9p. What the frameworks answer is
compared in the tests, for all the events that are stored with the models. Here the firmware is compared with the
reference: `bxnn simulate --events {EVENTS}` in GHDL, `bxnn verify --events {EVENTS} --engines cpp,hls` in the emulator
and the HLS C++, corner vectors besides, and `bxnn synthesize`. *Missed* counts what `bxnn check` says.
"""
_COLUMNS = (
    "network",
    "cycles, predicted",
    "simulated",
    "wrong in GHDL",
    "in HLS C++",
    "in the emulator",
    "DSP, predicted",
    "synthesized",
    "LUT, predicted",
    "synthesized",
    "slowest path, predicted, ns",
    "synthesized, ns",
    "missed",
)
_NONE = "not run"


def failed(report: ReportModel) -> bool:
    """Whether anything is wrong, or not run."""
    parts = (report.simulation, report.verification, report.resources)
    return any(part is None for part in parts) or bool(_missed(report))


def page(reports: Mapping[str, ReportModel], networks: int, facts: Mapping[str, str]) -> str:
    """The page.

    Args:
        reports: Of the builds that there are, by name.
        networks: All of them.
        facts: About the machine.
    """
    lines = [_HEAD, "| " + " | ".join(_COLUMNS) + " |", "|---" * len(_COLUMNS) + "|"]
    lines += ["| " + " | ".join(_cells(name, report)) + " |" for name, report in reports.items()]
    missed = [f"* {name}: {check}" for name, report in reports.items() for check in _missed(report)]
    done = sum(not failed(report) for report in reports.values())
    lines += ["", f"Of {counted(networks, 'network')}, {done} ran in everything and missed nothing."]
    lines += ["", "## Missed", "", *missed] if missed else []
    lines += ["", "## Versions", "", *(f"* {name}: {facts[name]}" for name in ("ghdl", "g++", "bxnn"))]
    return "\n".join(lines) + "\n"


def _missed(report: ReportModel) -> list[Check]:
    return [check for check in checked(report, Limits()) if not check.passed]


def _cells(name: str, report: ReportModel) -> list[str]:
    simulation, resources, timing, predicted = report.simulation, report.resources, report.timing, report.predicted
    engines = {} if report.verification is None else {found.engine: found for found in report.verification.engines}
    measured = [] if timing is None else [each.measured_ns for each in timing.classes if each.measured_ns is not None]
    return [
        name,
        str(report.latency_cycles),
        _NONE if simulation is None else str(simulation.latency_cycles),
        _NONE if simulation is None else f"{simulation.mismatches} of {simulation.events}",
        *(
            f"{engines[name].mismatches} of {engines[name].events}" if name in engines else _NONE
            for name in ("hls", "cpp")
        ),
        str(report.dsp),
        _NONE if resources is None else str(resources.dsp),
        "" if predicted is None else f"{predicted.lut:,.0f}",
        _NONE if resources is None else f"{resources.lut:,}",
        "" if timing is None or timing.worst_path_ns is None else f"{timing.worst_path_ns:.3f}",
        f"{max(measured):.3f}" if measured else _NONE,
        str(len(_missed(report))),
    ]
