"""The cover of the report page: what was built from what, by which tools, and the result tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from bxnn.compiler.plural import counted
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table


class Verdict(Enum):
    """How a tile is coloured."""

    PLAIN = ""
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True)
class Tile:
    """A number to be seen first.

    Attributes:
        value: The number with its unit.
        text: What it is.
        verdict: Whether it is what it should be.
    """

    value: str
    text: str
    verdict: Verdict = Verdict.PLAIN


def tiles(report: ReportModel) -> tuple[Tile, ...]:
    """Latency, throughput, device use, clock and verification."""
    crossings = f"{report.latency_ns:.1f} ns, {report.latency_bx:.2f} bunch crossings"
    latency = Tile(counted(report.latency_cycles, "cycle"), f"latency: {crossings}{_budget(report)}")
    interval = Tile(counted(report.initiation_interval, "cycle"), f"between events, at {report.clock_mhz:g} MHz")
    return (latency, interval, *_use(report), *_clock(report), _verified(report))


def origin(report: ReportModel) -> Table:
    """Where the build comes from, what has run on it, and when."""
    rows = [
        ("network", report.name, ""),
        ("device", f"{report.board.part} ({report.board.name})", ""),
        ("bxnn", report.bxnn_version, ""),
    ]
    if report.git_revision is not None:
        rows.append(("git revision of the model", report.git_revision, ""))
    rows += [(f"sha256 of {file.name}", file.sha256, "") for file in report.files]
    if report.compile_command is not None:
        rows.append(("compiled", report.compile_command, "in the build: the same files, the same build"))
    rows += [(what, command, report.dates.get(key, "-")) for key, what, command in _runs(report)]
    return Table("Origin", ("", "", "when"), tuple(rows))


def _runs(report: ReportModel) -> Iterator[tuple[str, str, str]]:
    """Key in the report, what was done, and by which tool or command."""
    if report.simulation is not None:
        seed = "" if report.simulation.seed is None else f" --seed {report.simulation.seed}"
        name = report.simulation.simulator.split()[0].lower()
        command = f"bxnn simulate BUILD --simulator {name} --events {report.simulation.events}{seed}"
        yield "simulation", "simulated", f"{report.simulation.simulator}: {command}"
    if report.csim is not None:
        yield "csim", "HLS C++", f"{report.csim.compiler or 'g++'}: bxnn csim BUILD --events {report.csim.events}"
    if report.verification is not None:
        engines = ",".join(engine.engine for engine in report.verification.engines)
        options = f"--engines {engines} --events {report.verification.events} --seed {report.verification.seed}"
        yield "verification", "verified", f"bxnn verify BUILD {options}"
    if report.faults is not None:
        yield "faults", "flipped", f"bxnn flip BUILD --flips {report.faults.flips} --seed {report.faults.seed}"
    if report.proofs is not None:
        yield "proofs", "proven", "bxnn prove BUILD"
    if report.resources is not None:
        yield "resources", "synthesized", f"{report.resources.source}: bxnn synthesize BUILD"
    if report.float_comparison is not None:
        yield "float_comparison", "float model", report.float_comparison.reference
    if report.accuracy is not None:
        facts = report.accuracy
        yield "accuracy", "accuracy", f"{counted(facts.events, 'event')} of {facts.input}, sha256 {facts.sha256}"


def _budget(report: ReportModel) -> str:
    limit = None if report.budget is None else report.budget.latency_ns
    return "" if limit is None else f", of {limit:g} ns allowed"


def _use(report: ReportModel) -> list[Tile]:
    """Counts with their shares of the device: as synthesized, if it was, else as predicted."""
    cost = report.resources or report.predicted
    use, limits = report.device_use, report.budget
    counts = {"dsp": report.dsp if report.resources is None else report.resources.dsp}
    if cost is not None:
        counts |= {"lut": cost.lut, "ff": cost.ff}
    bram = report.bram if report.resources is None else report.resources.bram
    if bram:
        counts["bram"] = bram
    names = {"dsp": "DSP slices", "lut": "LUTs", "ff": "flip-flops", "bram": "half block RAMs"}
    found = []
    for key, count in counts.items():
        share = None if use is None else getattr(use, key)
        limit = getattr(limits, key, None)
        text = names[key] + ("" if share is None else f", {100 * share:.2g} % of the device")
        found.append(Tile(str(count), text + ("" if limit is None else f", {limit} allowed")))
    slrs = report.board.slrs
    if slrs is not None and slrs > 1 and use is not None and use.slr is not None:
        verdict = Verdict.PLAIN if use.slr <= 1 else Verdict.BAD
        found.append(Tile(f"{100 * use.slr:.2g} %", f"of one of {slrs} SLRs, if it is all in one", verdict))
    return found


def _clock(report: ReportModel) -> list[Tile]:
    """The clock at which the design closes, and the slack of its slowest path."""
    timing = report.timing
    if timing is None or timing.delays is None or timing.max_clock_mhz is None or timing.worst_path_ns is None:
        return []
    worst = timing.worst_path_ns
    source = "predicted"
    if timing.measured:
        worst, source = timing.time_ns - min(path.slack_ns for path in timing.measured), "in the netlist"
    slack = timing.time_ns - worst
    verdict = Verdict.GOOD if slack >= 0 else Verdict.BAD
    return [Tile(f"{timing.max_clock_mhz:.0f} MHz", f"closes; slack {slack:.3f} ns {source}", verdict)]


def _verified(report: ReportModel) -> Tile:
    simulation = report.simulation
    if simulation is None:
        return Tile("\N{EN DASH}", "not simulated yet")
    events = f"{counted(simulation.events, 'event')} simulated"
    return Tile("verified", events, Verdict.GOOD) if simulation.passed else Tile("failed", events, Verdict.BAD)
