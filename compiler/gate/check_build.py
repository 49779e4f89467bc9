"""Whether a build may be merged: what was measured on it, limits of the user, and a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.errors import InputError
from bxnn.compiler.gate.check import Check, Rule
from bxnn.compiler.gate.figures import FIGURES, figure, is_measured
from bxnn.compiler.gate.measurements import measurements
from bxnn.compiler.report import ReportModel

_OPTIONS = {
    "latency_ns": "--max-latency-ns",
    "latency_cycles": "--max-latency-cycles",
    "dsp": "--max-dsp",
    "lut": "--max-lut",
    "ff": "--max-ff",
    "bram": "--max-bram",
}


@dataclass(frozen=True)
class Limits:
    """The largest values that the user allows; ``None`` allows any."""

    latency_ns: float | None = None
    latency_cycles: int | None = None
    dsp: int | None = None
    lut: int | None = None
    ff: int | None = None
    bram: int | None = None


@dataclass(frozen=True)
class Baseline:
    """The report of an earlier build of the same network, such as that of the main branch.

    Attributes:
        path: Its file, as the user named it.
        report: What it holds.
        growth: How much larger, relatively, LUTs and flip-flops may be; their prediction follows the weights.
    """

    path: Path
    report: ReportModel
    growth: float = 0.0


def checked(report: ReportModel, limits: Limits, baseline: Baseline | None = None) -> tuple[Check, ...]:
    """All checks of a build, whether passed or not.

    Raises:
        InputError: If the baseline is of a different network or clock.
    """
    against = () if baseline is None else _against(report, baseline)
    return (*measurements(report), *_timing(report), *_limited(report, limits), *against)


def _timing(report: ReportModel) -> tuple[Check, ...]:
    """The slowest predicted path against the period less the margin, where paths are judged."""
    timing = report.timing
    if timing is None or timing.worst_path_ns is None:
        return ()
    origin = f"period less the margin of {timing.margin:g}"
    found, source = timing.worst_path_ns, f"predicted, {timing.estimate}"
    return (Check("timing.worst_path_ns", found, Rule.AT_MOST, timing.time_ns, origin, source, timing.worst_path),)


def _limited(report: ReportModel, limits: Limits) -> tuple[Check, ...]:
    checks = []
    for name, option in _OPTIONS.items():
        limit = getattr(limits, name)
        if limit is not None:
            found = figure(report, name)
            checks.append(Check(name, found.value, Rule.AT_MOST, limit, option, found.source, option=option))
    return tuple(checks)


def _against(report: ReportModel, baseline: Baseline) -> tuple[Check, ...]:
    """No figure may be worse than the baseline's; measured values are compared if both builds have them."""
    before = baseline.report
    if before.name != report.name:
        raise InputError(
            str(baseline.path),
            f"is the report of network {before.name!r}, not of {report.name!r}; name a report of the same network",
        )
    checks = []
    for name in FIGURES:
        measured = is_measured(report, name) and is_measured(before, name)
        found, reference = figure(report, name, measured), figure(before, name, measured)
        if reference.value is not None:
            allowed = reference.value * (1 + (baseline.growth if name in ("lut", "ff") else 0))
            origin = str(baseline.path)
            checks.append(Check(name, found.value, Rule.AT_MOST, allowed, origin, found.source, option="--baseline"))
    return tuple(checks)
