"""The command ``bxnn flip``."""

from __future__ import annotations

from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import Build, Junit, Seed, Trust, integer
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import show_report


def flip(
    build: Build,
    flips: Annotated[
        int | None, typer.Option("--flips", parser=integer(1), metavar="N", help="Number of flips; 10,000 by default.")
    ] = None,
    seed: Seed = 1,
    trust: Trust = False,
    junit: Junit = None,
) -> None:
    """Flip bits in the registers of the running firmware and see how soon its outputs are right again."""
    from bxnn.compiler import verification
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.gate.measurements import flipped
    from bxnn.compiler.report.fault_table import fault_tables

    with junit_file(junit, "flip", build, lambda report: tuple(flipped(report))), elapsed("flip"):
        report = verification.flip(build, flips, seed, trust)
    show_report(report, *fault_tables(report))
