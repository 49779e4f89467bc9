"""Arguments and options shared by several commands of the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")  # Python's int() also accepts 1_0, digits of other scripts, and spaces


def integer(least: int) -> Callable[[str | int], int]:
    """The parser of an integer option: plain decimal digits, at least ``least``."""

    def read(text: str | int) -> int:
        if not _INTEGER.fullmatch(str(text)) or int(text) < least:
            raise typer.BadParameter(f"{str(text)[:60]!r} is not an integer of at least {least}, in decimal digits.")
        return int(text)

    return read


Build = Annotated[Path, typer.Argument(metavar="BUILD", help="Folder that bxnn compile wrote.")]
Trust = Annotated[bool, typer.Option("--trust", help="Run code that another user wrote or that was changed.")]
Input = Annotated[Path | None, typer.Option("--input", metavar="x.npz", help="Real-valued events, .npy or .npz.")]
Events = Annotated[int | None, typer.Option("--events", parser=integer(1), metavar="N", help="Number of events.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write the checks as JUnit XML.")]
Cluster = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help="local, or a Dask scheduler: tls://host:port.")
]
Seed = Annotated[int, typer.Option("--seed", parser=integer(0), metavar="S", help="Seed of random events and gaps.")]
Engine = Annotated[Literal["reference", "cpp"], typer.Option("--engine", help="The reference, or the C++ emulator.")]
