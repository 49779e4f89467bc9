"""The command ``bxnn check``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bxnn.compiler.cli.cli_options import Build, Junit, integer
from bxnn.compiler.cli.presentation import present

if TYPE_CHECKING:
    from bxnn.compiler.gate import Check
    from bxnn.compiler.gate.check_build import Baseline
    from bxnn.compiler.report.table import Table


def _positive(text: str | float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise typer.BadParameter(f"{str(text)[:60]!r} is not a positive number.")
    return value


def _share(text: str | float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"{str(text)[:60]!r} is not a number from 0 to 1.")
    return value


def _most(option: str, what: str) -> object:
    return typer.Option(option, parser=integer(0), metavar="N", help=f"Largest number of {what} allowed.")


def check(
    build: Build,
    max_latency_ns: Annotated[
        float | None,
        typer.Option("--max-latency-ns", parser=_positive, metavar="X", help="Largest latency allowed, in ns."),
    ] = None,
    max_latency_cycles: Annotated[int | None, _most("--max-latency-cycles", "cycles of latency")] = None,
    max_dsp: Annotated[int | None, _most("--max-dsp", "DSPs")] = None,
    max_lut: Annotated[int | None, _most("--max-lut", "LUTs")] = None,
    max_ff: Annotated[int | None, _most("--max-ff", "flip-flops")] = None,
    max_bram: Annotated[int | None, _most("--max-bram", "half block RAMs")] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="report.json", help="Nothing may be worse than in this report.")
    ] = None,
    growth: Annotated[
        float,
        typer.Option("--growth", parser=_share, metavar="SHARE", help="How much LUT and FF may exceed the baseline."),
    ] = 0.0,
    junit: Junit = None,
) -> None:
    """Check what was measured on a build, its limits and a baseline; exit with 1 if anything is missed.

    A figure that was measured by simulate or synthesize counts before the predicted one.
    """
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.gate import Limits, checked
    from bxnn.compiler.report import load_report

    limits = Limits(max_latency_ns, max_latency_cycles, max_dsp, max_lut, max_ff, max_bram)
    reference = _baseline(baseline, growth)
    with junit_file(junit, "check", build, lambda report: checked(report, limits, reference)):
        report = load_report(build / "report.json")
        found = checked(report, limits, reference)
        present(_object(report.name, found), _table(found))
        _judge(report.name, found)


def _baseline(path: Path | None, growth: float) -> Baseline | None:
    from bxnn.compiler.gate.check_build import Baseline
    from bxnn.compiler.report import load_report

    if path is None:
        return None
    file = path / "report.json" if path.is_dir() else path
    return Baseline(file, load_report(file), growth)


def _judge(name: str, checks: tuple[Check, ...]) -> None:
    from bxnn.compiler.errors import ChecksFailedError

    failed = [str(each) for each in checks if not each.passed]
    if failed:
        raise ChecksFailedError(name, failed)


def _object(name: str, checks: tuple[Check, ...]) -> dict[str, object]:
    rows = [
        {
            "figure": each.figure,
            "found": each.found,
            "rule": each.rule.name.lower(),
            "reference": each.reference,
            "origin": each.origin,
            "source": each.source,
            "passed": each.passed,
        }
        for each in checks
    ]
    return {"name": name, "passed": all(each.passed for each in checks), "checks": rows}


def _table(checks: tuple[Check, ...]) -> Table:
    from bxnn.compiler.gate.check import numbers
    from bxnn.compiler.report.table import Table

    rows = tuple(
        (
            each.figure,
            numbers(each.found, each.reference)[0],
            each.source,
            f"{each.rule.value} {numbers(each.found, each.reference)[1]}",
            each.origin,
            "passed" if each.passed else "FAILED",
        )
        for each in checks
    )
    return Table("Checks", ("figure", "found", "", "must be", "", ""), rows)
