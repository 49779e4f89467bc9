"""The command ``bxnn timing``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import Build
from bxnn.compiler.cli.output import show_report


def timing(
    build: Build,
    vivado: Annotated[
        list[Path] | None,
        typer.Option("--vivado", metavar="FILE", help="Utilization report or timing summary; may be repeated."),
    ] = None,
    quartus: Annotated[
        list[Path] | None,
        typer.Option("--quartus", metavar="FILE", help="The .fit.summary or .sta.summary; may be repeated."),
    ] = None,
) -> None:
    """Put timing and resources from a vendor's tool beside the prediction; exit with 1 if the clock is missed."""
    from bxnn.compiler.verification.vendor import read_vendor_reports

    if bool(vivado) == bool(quartus):
        raise typer.BadParameter("needs reports of one tool: --vivado FILE or --quartus FILE.")
    found = (
        read_vendor_reports(build, "Vivado", vivado) if vivado else read_vendor_reports(build, "Quartus", quartus or [])
    )
    show_report(found)
