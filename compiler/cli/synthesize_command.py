"""The command ``bxnn synthesize``."""

from __future__ import annotations

from bxnn.compiler.cli.cli_options import Build, Trust
from bxnn.compiler.cli.output import show_report


def synthesize(build: Build, trust: Trust = False) -> None:
    """Count DSP, LUT and FF with GHDL and yosys, and compare the DSPs with the prediction."""
    from bxnn.compiler import verification

    show_report(verification.synthesize(build, trust))
