"""Timing of a design in the report: the time its paths may take, and the delays found in synthesis."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.hardware.delays.delay_table import DelayTable
from bxnn.compiler.hardware.network_timing import NetworkTiming
from bxnn.compiler.plural import counted
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table
from bxnn.compiler.report.timing_facts import MeasuredPath, PathFacts, Timing


def timing_report(
    config: DesignConfig, table: DelayTable, found: NetworkTiming | None, renames: Mapping[str, str]
) -> Timing:
    """The time that paths may take and their predicted delays, with nothing measured yet.

    Args:
        config: The user's configuration.
        table: Delay table of the device.
        found: The predicted paths; ``None`` if there are none.
        renames: Names of layers as the user spells them, where they differ.
    """
    judged = table.fabric is not None
    timing = Timing(
        period_ns=1000.0 / config.clock_mhz,
        margin=config.timing.margin,
        estimate=config.timing.estimate if found is None else found.estimate,
        delays=table.name if judged else None,
        assumed=table.assumed if judged else (),
    )
    if found is None:
        return timing
    classes = tuple(
        PathFacts(
            kind=path.kind,
            typical_ns=path.typical.ns,
            pessimistic_ns=path.pessimistic.ns,
            levels=found.delay(path).levels,
            fan_out=found.delay(path).fan_out,
        )
        for path in found.paths
    )
    places = {path.kind.value: renames.get(path.place, path.place) for path in found.paths}
    update = {
        "worst_path_ns": found.delay(found.worst).ns,
        "worst_path": " of ".join(next(iter(places.items()))),
        "max_clock_mhz": found.max_clock_mhz,
        "classes": classes,
        "places": places,
    }
    return timing.model_copy(update=update)


def predicted_paths(report: ReportModel) -> Table | None:
    """The slowest path of every class as predicted, or ``None`` without a prediction."""
    timing = report.timing
    if timing is None or timing.worst_path_ns is None:
        return None
    header = ("class", "where", "typical", "pessimistic", "slack", "levels", "fan-out", "measured")
    rows = tuple(
        (
            path.kind.value,
            timing.places.get(path.kind.value, "-"),
            _ns(path.typical_ns),
            _ns(path.pessimistic_ns),
            _ns(None if (ns := path.predicted_ns(timing.estimate)) is None else timing.time_ns - ns),
            "-" if path.levels is None else str(path.levels),
            "-" if path.fan_out is None else str(path.fan_out),
            _ns(path.measured_ns),
        )
        for path in timing.classes
    )
    assumed = f"; assumed without a source: {', '.join(timing.assumed)}" if timing.assumed else ""
    note = f"{_units(timing)}; closes up to {timing.max_clock_mhz:.1f} MHz{assumed}"
    return Table("Slowest paths predicted by class", header, rows, note)


def measured_paths(report: ReportModel) -> Table | None:
    """The slowest path of every class in the netlist, or ``None`` before synthesis."""
    timing = report.timing
    if timing is None or not timing.measured:
        return None
    header = (
        *("class", "typical", "pessimistic", "predicted", "slack", "levels", "carry", "fan-out"),
        *("layer", "entity", "from", "to"),
    )
    predicted = {entry.kind: entry.predicted_ns(timing.estimate) for entry in timing.classes}
    rows = tuple(
        (
            path.kind.value,
            _ns(path.typical_ns),
            _ns(path.pessimistic_ns),
            _ns(predicted.get(path.kind)),
            _ns(path.slack_ns),
            str(path.levels),
            str(path.carries),
            str(path.fan_out),
            "-" if path.layer is None else report.spelled(path.layer),
            path.entity or "-",
            path.start,
            path.end,
        )
        for path in timing.measured
    )
    return Table("Slowest paths of the netlist by class", header, rows, _units(timing))


def _units(timing: Timing) -> str:
    """What the numbers of a table of paths are."""
    return f"ns; delays of {timing.delays}; slack: {timing.estimate}, of {timing.time_ns:.3f} ns"


def dsp_registers(report: ReportModel) -> Table | None:
    """Cascades and unused registers of DSP slices, or ``None`` before synthesis or without slices."""
    found = report.resources
    if found is None or found.dsp_use is None or not found.dsp:
        return None
    rows = [("PCIN in use", str(found.dsp_use.cascaded), "-")]
    for entry in found.dsp_use.unused:
        rows.append((f"{entry.name} unused", str(entry.slices), ", ".join(map(report.spelled, entry.layers))))
    return Table("DSP slices", ("", "slices", "layers"), tuple(rows), f"of {counted(found.dsp, 'slice')}")


def slowest_path(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    """The row of the summary if paths were measured or predicted."""
    timing = report.timing
    if timing is None:
        return ()
    if timing.delays is None:
        return (("slowest path", "not judged: no delays of the device are public", ""),)
    if timing.worst_path_ns is None and not timing.measured:
        return ()
    told = "not predicted" if timing.worst_path_ns is None else f"{timing.worst_path_ns:.3f} ns, {timing.worst_path}"
    measured = "not run"
    if timing.measured:
        worst = max(timing.measured, key=_slowness)
        measured = f"{timing.time_ns - worst.slack_ns:.3f} ns of {timing.time_ns:.3f} ns in the netlist"
    clock = timing.max_clock_mhz
    closes = () if clock is None else (("closes up to", f"{clock:.1f} MHz", ""),)
    return (("slowest path", told, measured), *closes)


def _slowness(path: MeasuredPath) -> float:
    return -path.slack_ns


def _ns(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
