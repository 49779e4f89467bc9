"""The command ``bxnn synthesize``."""

from __future__ import annotations

from bxnn.compiler.cli.cli_options import Build, Trust
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import show_report


def synthesize(build: Build, trust: Trust = False) -> None:
    """Count DSP, LUT and FF with GHDL and yosys, and compare the DSPs with the prediction."""
    from bxnn.compiler import verification

    with elapsed("synthesize"):
        report = verification.synthesize(build, trust)
    show_report(report)
