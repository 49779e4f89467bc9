"""The command ``bxnn csim``."""

from __future__ import annotations

from bxnn.compiler.cli.cli_options import Build, Events, Input, Junit, Seed, Trust
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import show_report


def csim(
    build: Build,
    data: Input = None,
    events: Events = None,
    seed: Seed = 1,
    trust: Trust = False,
    junit: Junit = None,
) -> None:
    """Run the HLS C++ with g++ and compare every element with the prediction."""
    from bxnn.compiler import verification
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.gate.measurements import c_simulated

    with junit_file(junit, "csim", build, lambda report: tuple(c_simulated(report))), elapsed("csim"):
        report = verification.csim(build, data, events, seed, trust)
    show_report(report)
