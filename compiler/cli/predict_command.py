"""The command ``bxnn predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import Build, Engine, Trust
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.presentation import present
from bxnn.compiler.plural import counted


def predict(
    build: Build,
    data: Annotated[Path, typer.Option("--input", metavar="x.npy", help="Real-valued events.")],
    output: Annotated[Path, typer.Option("--output", metavar="y.npy", help="File to write.")],
    engine: Engine = "reference",
    trust: Trust = False,
) -> None:
    """Compute the firmware's outputs, bit for bit, as real values."""
    from bxnn.compiler import driver

    with elapsed("predict"):
        outside = driver.predict(build, data, output, engine, trust)
    note = [f"note: {counted(outside, 'event')} outside the range of the calibrated inputs"] if outside else []
    present({"output": str(output), "engine": engine, "events_outside": outside}, *note, f"wrote {output}")
