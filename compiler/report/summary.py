"""Predicted against measured: the table that every command and every report shows first."""

from __future__ import annotations

from bxnn.compiler.plural import counted
from bxnn.compiler.report.fault_table import fault_row
from bxnn.compiler.report.front_table import brief
from bxnn.compiler.report.measured import CSim, EngineResult, FloatComparison, Simulation
from bxnn.compiler.report.proof_table import proof_summary
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table
from bxnn.compiler.report.timing_report import slowest_path

NOT_RUN = "not run"


def summary(report: ReportModel) -> Table:
    """Predicted against measured, the table that every command ends with."""
    sim, resources, csim = report.simulation, report.resources, report.csim
    measured = (
        (
            "latency",
            counted(report.latency_cycles, "cycle"),
            _cycles(sim.latency_cycles if sim else None, sim is not None),
        ),
        ("", f"{report.latency_ns:.1f} ns = {report.latency_bx:.2f} BX", ""),
        *_from_last_beat(report),
        (
            "initiation interval",
            counted(report.initiation_interval, "cycle"),
            _cycles(sim.initiation_interval if sim else None, sim is not None),
        ),
        *_channels_row(report),
        ("DSP", str(report.dsp), f"{resources.dsp} synthesized" if resources else NOT_RUN),
        *_block_ram_row(report),
        *_fabric_rows(report),
        *slowest_path(report),
        *_vendor_rows(report),
        ("mismatches", "0", _mismatches(sim) if sim else NOT_RUN),
    )
    hls = () if csim is None else (("HLS mismatches", "0", _mismatches(csim)),)
    engines = () if report.verification is None else tuple(map(_engine_row, report.verification.engines))
    faults = () if report.faults is None else (fault_row(report.faults),)
    proofs = () if report.proofs is None else (("proven", "", proof_summary(report.proofs)),)
    floats = () if report.float_comparison is None else (_float_row(report.float_comparison),)
    return Table(
        "Predicted and measured",
        ("", "predicted", "measured"),
        (*measured, *hls, *engines, *proofs, *faults, *floats, *brief(report)),
    )


def _channels_row(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    """How many channels share the core, and whether they share its weights."""
    if report.channels == 1:
        return ()
    weights = "a set of weights each" if report.sets > 1 else "the same weights"
    return (("channels", f"{report.channels} on a core, {weights}", ""),)


def _vendor_rows(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    """What a vendor's tool found, if its reports were read."""
    found = report.vendor
    if found is None:
        return ()
    rows = []
    predicted = report.predicted
    if found.setup_slack_ns is not None:
        clock = "" if found.max_clock_mhz is None else f", closes at {found.max_clock_mhz:.1f} MHz"
        rows.append(("setup slack", "at least 0", f"{found.setup_slack_ns:.3f} ns{clock}"))
    if found.hold_slack_ns is not None:
        rows.append(("hold slack", "at least 0", f"{found.hold_slack_ns:.3f} ns"))
    counts = (
        ("DSP", str(report.dsp), found.dsp),
        ("LUT", "" if predicted is None else str(predicted.lut), found.lut),
        ("ALM", "", found.alm),
        ("FF", "" if predicted is None else str(predicted.ff), found.ff),
        ("RAMB18", str(report.bram), found.bram),
        ("URAM", "0", found.uram),
        ("memory blocks", "", found.memory_blocks),
    )
    rows += [(name, told, str(count)) for name, told, count in counts if count is not None]
    return tuple((f"{found.tool}: {name}", told, measured) for name, told, measured in rows)


def _engine_row(found: EngineResult) -> tuple[str, str, str]:
    count = "no answer" if not found.passed and not found.mismatches else str(found.mismatches)
    events, directed = counted(found.events, "event"), counted(found.directed_events, "directed event")
    return f"{found.engine} mismatches", "0", f"{count} in {events} and {directed}"


def _mismatches(found: Simulation | CSim) -> str:
    """The user's events and those added by the bench, each with the mismatches among them."""
    events = counted(found.events, "event")
    if not found.directed_events:
        return f"{found.mismatches} in {events}"
    directed = counted(found.directed_events, "directed event")
    if found.directed_mismatches is None:  # a report of 0.1.0
        return f"{found.mismatches} in {events} and {directed}"
    return f"{found.mismatches - found.directed_mismatches} in {events}, {found.directed_mismatches} in {directed}"


def _fabric_rows(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    """LUTs and flip-flops, if they were predicted."""
    found, measured = report.predicted, report.resources
    if found is None:
        return ()
    return tuple(
        (
            name,
            f"{amount} +- {error:.0%}",
            NOT_RUN if measured is None else f"{getattr(measured, name.lower())} synthesized",
        )
        for name, amount, error in (("LUT", found.lut, found.lut_error), ("FF", found.ff, found.ff_error))
    )


def _block_ram_row(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    """Block RAMs, if there are any or line buffers that might have some."""
    if report.stream is None and not report.bram:
        return ()
    measured = NOT_RUN if report.resources is None else f"{report.resources.bram} synthesized"
    return (("RAMB18", str(report.bram), measured),)


def _from_last_beat(report: ReportModel) -> tuple[tuple[str, str, str], ...]:
    if report.stream is None:
        return ()
    from_last = report.stream.latency_from_last_beat_cycles
    measured = None if report.simulation is None else report.simulation.latency_from_last_beat_cycles
    return (("latency from last beat", counted(from_last, "cycle"), _cycles(measured, report.simulation is not None)),)


def _float_row(found: FloatComparison) -> tuple[str, str, str]:
    if found.events_differing is None:  # declared types round what the model does not
        return ("error against the float model", "-", f"at most {found.max_abs_error:.3g}")
    told = f"{found.events_differing} in {counted(found.events, 'event')}"
    if found.events_undecided:
        told += f", {found.events_undecided} undecided"
    return ("differ from the float model", "0", told)


def _cycles(measured: int | None, ran: bool) -> str:
    if measured is None:
        return "no output" if ran else NOT_RUN
    return counted(measured, "cycle")
