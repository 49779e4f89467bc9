"""The timing requirements in one run: every design that must close, its latency and cost, and the time to compile it.

    python -m bench.nanoseconds [--models ../shared/models] [--work build/nanoseconds] [--predicted] [--parts PART ...]
                                [--adder-graphs FOLDER] [--routes FOLDER] [--output docs/nanoseconds.md]

Every design is compiled by the command line in its own process; then `bxnn synthesize` analyses its netlist,
unless ``--predicted`` is given. The clock sweep, the adder graphs beside alkaid's and the check against a router run as
well, the latter two with the results that are kept in their folders of work; ``--parts`` names some of them only.
Exit 1: a target is missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import adder_graph_clocks, clock_sweep, machine, router_check
from bench.adder_graph_clocks_page import MOST_LUT, MOST_NS
from bench.nanoseconds_designs import CASES, ROOT, Case
from bench.nanoseconds_page import Row, page
from bench.process import run
from bench.router_page import checks
from bench.target import Target

BXNN = Path(sys.executable).with_name("bxnn")
TIMEOUT_SECONDS = 3600.0
PARTS = ("designs", "sweep", "graphs", "routes")
MET = Target("==", 1)


class BenchFailedError(RuntimeError):
    """A command of bxnn failed; the message is its last line."""


@dataclass(frozen=True)
class Figures:
    """What a report says about one design; ``None`` for what it does not say.

    Attributes:
        cycles: Latency.
        ns: The same.
        cycles_from_last_beat: Latency after the last beat of a frame.
        dsp: DSP slices.
        lut: Look-up tables.
        ff: Flip-flops.
        worst_ns: The slowest path, by the pessimistic estimate.
        limit_ns: Longest time that a path may take.
        where: What that path is; empty if a netlist was analysed.
    """

    cycles: int
    ns: float
    cycles_from_last_beat: int | None
    dsp: int
    lut: int
    ff: int
    worst_ns: float
    limit_ns: float
    where: str = ""

    @property
    def closes(self) -> bool:
        """Whether every path fits."""
        return self.worst_ns <= self.limit_ns


def predicted(report: dict[str, Any]) -> Figures:
    """The predictions of a report.json."""
    timing = report["timing"]
    worst = max(timing["classes"], key=lambda each: float(each["pessimistic_ns"] or 0.0))
    where = f"{worst['class']} of {timing['places'][worst['class']]}"
    return _figures(report, report["dsp"], report["predicted"], float(worst["pessimistic_ns"]), where)


def measured(report: dict[str, Any]) -> Figures:
    """What `bxnn synthesize` found."""
    found = report["resources"]
    return _figures(report, found["dsp"], found, max(path["pessimistic_ns"] for path in report["timing"]["measured"]))


def _figures(report: dict[str, Any], dsp: int, cost: dict[str, Any], worst_ns: float, where: str = "") -> Figures:
    beats = (report["stream"] or {}).get("latency_from_last_beat_cycles")
    latency = report["latency_cycles"], report["latency_ns"]
    limit_ns = report["timing"]["period_ns"] * (1 - report["timing"]["margin"])
    return Figures(*latency, beats, dsp, cost["lut"], cost["ff"], worst_ns, limit_ns, where)


def command(work: Path, *parts: object) -> float:
    """Run bxnn; processor seconds.

    Args:
        work: Has a folder with Python's byte code, so that only the first command compiles bxnn itself.
        parts: The arguments.

    Raises:
        BenchFailedError: If it does not exit with 0.
    """
    byte_code = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(work / "byte_code")}
    finished = run([str(BXNN), *map(str, parts)], TIMEOUT_SECONDS, byte_code)
    if finished.returncode != 0:
        raise BenchFailedError(f"bxnn {parts[0]}: {finished.complaint}")
    return finished.cpu_seconds


def design_rows(models: Path, work: Path, synthesize: bool) -> list[Row]:
    """All designs; first one that is not counted, while Python compiles bxnn itself."""
    rows_of(CASES[0], models, work, synthesize=False)
    return [row for case in CASES for row in rows_of(case, models, work, synthesize)]


def rows_of(case: Case, models: Path, work: Path, synthesize: bool) -> list[Row]:
    """Compile a design, and synthesize it if asked to."""
    build = work / case.design.parent.name / case.design.stem
    shutil.rmtree(build, ignore_errors=True)
    weights = [] if case.weights is None else ["--weights", models / case.weights]
    seconds = command(work, "compile", models / case.model, *weights, "-c", case.design, "-o", build)
    rows = judged(case, predicted(_report(build)), seconds)
    if synthesize and case.synthesizes:
        longer = _refused_netlist(work, build)
        rows += [*judged(case, measured(_report(build)), None), Row(f"{case.name}: netlist", *longer)]
    return rows


def _refused_netlist(work: Path, build: Path) -> tuple[str, float, Target]:
    """Synthesize a build: whether `bxnn synthesize` exits with 1, as it does if the netlist is not as predicted.

    Raises:
        BenchFailedError: If there is no netlist.
    """
    refused = False
    try:
        command(work, "synthesize", build)
    except BenchFailedError:
        refused = True
        if not _report(build)["timing"]["measured"]:
            raise
    return "refused by bxnn synthesize", float(refused), Target("==", 0)


def _report(build: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((build / "report.json").read_text(encoding="utf-8"))
    return found


def judged(case: Case, found: Figures, seconds: float | None) -> list[Row]:
    """A design beside its goals; what is not of a netlist only where ``seconds`` of a compile are given."""
    name = case.name if seconds is not None else f"{case.name}: netlist"
    goals = dict(case.goals)
    values: dict[str, float] = {"dsp": found.dsp, "lut": found.lut, "ff": found.ff}
    if seconds is not None:
        beats = {"cycles_from_last_beat": found.cycles_from_last_beat} if found.cycles_from_last_beat else {}
        values = {"cycles": found.cycles, "ns": found.ns, **beats, **values, "compile_s": seconds}
    rows = [Row(name, quantity, value, goals.get(quantity)) for quantity, value in values.items()]
    slowest = f"slowest path, ns ({found.where})" if found.where else "slowest path, ns"
    return [*rows, Row(name, slowest, found.worst_ns, Target("<=", round(found.limit_ns, 3)))]


def sweep_rows(models: Path) -> list[Row]:
    """The tagger at several clocks; each closes, or is refused with its reason."""
    rows = []
    for clocks in clock_sweep.CLOCKS_PER_BX:
        point = clock_sweep.measure(models, clocks)
        name = f"jet tagger, {point.clock_mhz:.3f} MHz = II {clocks}: {point.estimate or 'refused'}, {point.told}"
        rows.append(Row(name, "ns", point.latency_ns, None))
    return rows


def graph_rows(models: Path, work: Path) -> list[Row]:
    """Adder graphs at II = 1 beside alkaid's, each at its own fastest clock."""
    designs = adder_graph_clocks.analyse(models, work)
    theirs = min((each for each in designs if each.tool == "alkaid"), key=lambda each: each.latency_ns)
    rows = []
    for ours in (each for each in designs if each.tool == "bxnn"):
        name = f"jet tagger, II = 1, adder graphs for {ours.setting}: netlist"
        limit = 1000.0 * (1 - adder_graph_clocks.MARGIN) / float(ours.setting.split()[0])
        rows += [
            Row(name, "slowest path, ns", ours.worst_ns, Target("<=", round(limit, 3))),
            Row(name, f"ns over alkaid's ({theirs.setting})", ours.latency_ns / theirs.latency_ns, _most(MOST_NS)),
            Row(name, "lut over alkaid's", ours.lut / theirs.lut, _most(MOST_LUT)),
        ]
    return rows


def _most(bound: float) -> Target:
    return Target("<=", bound)


def route_rows(work: Path) -> list[Row]:
    """Predicted periods of small designs beside those of a router."""
    rows = router_check.checked_designs(work, router_check.SEEDS)
    return [
        Row(f"nextpnr-ecp5, {len(rows)} designs", text, int(met), MET)
        for text, met in checks(rows, router_check.wrong_order(rows))
    ]


def main() -> None:
    """Measure everything, write the page and say what is missed."""
    build = ROOT / "build"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--work", type=Path, default=build / "nanoseconds")
    parser.add_argument("--predicted", action="store_true", help="do not synthesize the designs")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured; all by default")
    parser.add_argument("--adder-graphs", type=Path, default=build / "adder_graph_clocks", help="its folder of work")
    parser.add_argument("--routes", type=Path, default=build / "router_check", help="its folder of work")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "nanoseconds.md")
    arguments = parser.parse_args()
    models, work = arguments.models.resolve(), arguments.work.resolve()
    facts, rows = machine.facts() | {name: version(name) for name in ("alkaid", "pyosys")}, []
    measures: dict[str, Callable[[], list[Row]]] = {
        "designs": lambda: design_rows(models, work, not arguments.predicted),
        "sweep": lambda: sweep_rows(models),
        "graphs": lambda: graph_rows(models, arguments.adder_graphs.resolve()),
        "routes": lambda: route_rows(arguments.routes.resolve()),
    }
    for part in arguments.parts:
        rows += measures[part]()
    said = ["--predicted"] * arguments.predicted + ["--parts", *arguments.parts] * (arguments.parts is not PARTS)
    arguments.output.write_text(page(rows, said, facts), encoding="utf-8")
    missed = [row for row in rows if not row.met]
    for row in missed:
        print(f"missed: {row.design}: {row.quantity}", file=sys.stderr)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
