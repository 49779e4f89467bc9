"""The command ``bxnn synthesize``."""

from __future__ import annotations

from bxnn.compiler.cli.cli_options import Build, Junit, Trust
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import show_report


def synthesize(build: Build, trust: Trust = False, junit: Junit = None) -> None:
    """Count DSP, LUT and FF with GHDL and yosys, and compare the DSPs with the prediction."""
    from bxnn.compiler import verification
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.gate.measurements import synthesized

    with junit_file(junit, "synthesize", build, lambda report: tuple(synthesized(report))), elapsed("synthesize"):
        report = verification.synthesize(build, trust)
    show_report(report)
