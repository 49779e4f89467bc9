"""The command ``bxnn simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bxnn.compiler.cli.cli_options import Build, Events, Input, Junit, Seed, Trust
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import show_report


def simulate(
    build: Build,
    data: Input = None,
    events: Events = None,
    simulator: Annotated[Literal["ghdl", "verilator"], typer.Option("--simulator", help="Simulator to run.")] = "ghdl",
    seed: Seed = 1,
    trust: Trust = False,
    quick: Annotated[bool, typer.Option("--quick", help="Run the events only, none added by the bench.")] = False,
    waves: Annotated[
        Path | None, typer.Option("--waves", metavar="FILE", help="Write all signals over time: .vcd, .fst, .ghw.")
    ] = None,
    patterns: Annotated[
        Path | None,
        typer.Option("--patterns", metavar="FOLDER", help="Write the events as pattern files of EMP and MP7 boards."),
    ] = None,
    junit: Junit = None,
) -> None:
    """Simulate the firmware and compare every output bit and cycle with the prediction."""
    from bxnn.compiler import verification
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.event_patterns import check_patterns, write_patterns
    from bxnn.compiler.gate.measurements import compared, simulated

    check_patterns(patterns, build)
    with (
        junit_file(junit, "simulate", build, lambda report: (*simulated(report), *compared(report))),
        elapsed("simulate"),
    ):
        report = verification.simulate(build, data, events, simulator, seed, trust, quick, waves)
    if patterns is not None:
        write_patterns(build, data, events, seed, patterns)
    show_report(report)
