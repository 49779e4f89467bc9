"""The page of ``python -m bench.shared_models``, made from the reports of the builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bxnn.compiler.gate import Limits, checked
from bxnn.compiler.plural import counted
from bxnn.compiler.report import ReportModel, Resources
from bxnn.compiler.report.measured import Predicted

EVENTS = 100
_HEAD = f"""# Third-party models in every engine

Written by `python -m bench.shared_models`: files of HGQ2, of QKeras (recurrent networks), of QONNX and of the quantizer
of onnxruntime (QDQ), compiled for an event every 8 cycles at 320.632 MHz in an xcvu9p. What the frameworks answer is
compared in the tests, for all the events that are stored with the models. Here the firmware is compared with the
reference: `bxnn simulate --events {EVENTS}` in GHDL, `bxnn verify --events {EVENTS} --engines cpp,hls` in the emulator
and the HLS C++, corner vectors besides, and `bxnn synthesize`. *Missed* counts what `bxnn check` says, and totals of
LUTs or flip-flops that are further from their prediction than the report states (*off, stated*).
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
    "off, stated",
    "FF, predicted",
    "synthesized",
    "off, stated",
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


def _missed(report: ReportModel) -> list[str]:
    found = [str(check) for check in checked(report, Limits()) if not check.passed]
    if report.predicted is None or report.resources is None:
        return found
    for total in Total.of(report.predicted, report.resources):
        if not total.is_within:
            found.append(
                f"{total.amount}: {total.predicted:,} predicted, {total.synthesized:,} synthesized, {total.off}"
            )
    return found


@dataclass(frozen=True)
class Total:
    """A total of a whole design, predicted and synthesized.

    Attributes:
        amount: ``LUT`` or ``FF``.
        predicted: What the report predicts.
        synthesized: What was counted in the netlist.
        stated: The relative error that the report states, of the synthesized total.
    """

    amount: str
    predicted: int
    synthesized: int
    stated: float

    @classmethod
    def of(cls, predicted: Predicted, resources: Resources) -> tuple[Total, Total]:
        """LUTs and flip-flops."""
        return (
            cls("LUT", predicted.lut, resources.lut, predicted.lut_error),
            cls("FF", predicted.ff, resources.ff, predicted.ff_error),
        )

    @property
    def error(self) -> float:
        """The relative error of the prediction."""
        return self.predicted / max(self.synthesized, 1) - 1

    @property
    def is_within(self) -> bool:
        """Whether the error is not larger than stated."""
        return abs(self.error) <= self.stated

    @property
    def off(self) -> str:
        """The error, and what the report states."""
        return f"{100 * self.error:+.1f} %, ±{100 * self.stated:.0f} %"


def _totals(predicted: Predicted | None, resources: Resources | None) -> list[str]:
    """The cells of LUTs and flip-flops."""
    if predicted is None:
        return [""] * 6
    if resources is None:
        return [f"{predicted.lut:,}", _NONE, "", f"{predicted.ff:,}", _NONE, ""]
    return [
        cell
        for total in Total.of(predicted, resources)
        for cell in (f"{total.predicted:,}", f"{total.synthesized:,}", total.off)
    ]


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
        *_totals(predicted, resources),
        "" if timing is None or timing.worst_path_ns is None else f"{timing.worst_path_ns:.3f}",
        f"{max(measured):.3f}" if measured else _NONE,
        str(len(_missed(report))),
    ]
