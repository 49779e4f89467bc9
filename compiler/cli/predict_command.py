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
        done = driver.predict(build, data, output, engine, trust)
    outside = done.outside
    note = [f"note: {counted(outside, 'event')} outside the range of the calibrated inputs"] if outside else []
    facts = done.accuracy
    told = [facts.sentence] if facts is not None and facts.sentence is not None else []
    known = None if facts is None else facts.model_dump(mode="json")
    answer = {"output": str(output), "engine": engine, "events_outside": outside, "accuracy": known}
    present(answer, *note, *told, f"wrote {output}")
