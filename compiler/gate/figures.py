"""The figures by which builds are limited and compared: measured where they were measured, else predicted."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.lhc_clock import cycles_to_ns
from bxnn.compiler.report import ReportModel

FIGURES = ("latency_ns", "latency_cycles", "initiation_interval", "dsp", "lut", "ff", "bram")


@dataclass(frozen=True)
class Figure:
    """A figure of a build: its value, ``None`` if unknown, and whether it was measured."""

    value: float | None
    measured: bool

    @property
    def source(self) -> str:
        """How it was found, in a word."""
        return "measured" if self.measured else "predicted"


def figure(report: ReportModel, name: str, measured: bool = True) -> Figure:
    """A figure of a report.

    Args:
        report: The report.
        name: One of ``FIGURES``.
        measured: Whether a measured value takes precedence over the predicted one.
    """
    found = _measured(report, name) if measured else None
    return Figure(_predicted(report, name), False) if found is None else Figure(found, True)


def is_measured(report: ReportModel, name: str) -> bool:
    """Whether the figure was measured on the build."""
    return _measured(report, name) is not None


def _measured(report: ReportModel, name: str) -> float | None:
    simulation = report.simulation
    if name == "latency_ns":
        cycles = None if simulation is None else simulation.latency_cycles
        return None if cycles is None else cycles_to_ns(cycles, report.clock_mhz)
    if name in ("latency_cycles", "initiation_interval"):
        return None if simulation is None else getattr(simulation, name)
    return None if report.resources is None else getattr(report.resources, name)


def _predicted(report: ReportModel, name: str) -> float | None:
    if name in ("lut", "ff"):
        return None if report.predicted is None else getattr(report.predicted, name)
    found: float = getattr(report, name)
    return found
