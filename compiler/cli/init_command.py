"""The command ``bxnn init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.presentation import present
from bxnn.compiler.errors import InputError
from bxnn.compiler.plural import counted


def init(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .keras, .h5, .json or .onnx file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="design.yaml", help="File to write.")] = Path(
        "design.yaml"
    ),
    weights: Annotated[Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a .json model.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a commented design.yaml with the model's own names, with which bxnn compile works as it is.

    For a model with float weights, formats.yaml is written beside it: formats to begin with, until bxnn calibrate
    chooses better ones from events.
    """
    from bxnn.compiler.calibration.formats_output import write_whole
    from bxnn.compiler.calibration.starting_design import starting_design

    formats = output.with_name("formats.yaml")
    if output == formats:
        raise InputError("--output", "'formats.yaml' is the file beside design.yaml; name another")
    if output.exists() and not force:
        raise InputError(str(output), "exists; name another file with -o, or replace it with --force")
    with elapsed("init"):
        found = starting_design(model, weights)
    if found.formats is not None and formats.exists() and not force:
        raise InputError(str(formats), "exists; write to another folder with -o, or replace it with --force")
    written = [output] if found.formats is None else [output, formats]
    for path, text in zip(written, (found.text, found.formats), strict=False):
        assert text is not None
        write_whole(path, text.encode())
    answer = {
        "output": str(output),
        "formats": None if found.formats is None else str(formats),
        "initiation_interval": found.initiation_interval,
    }
    calibrated = [] if found.formats is None else [f"bxnn calibrate {model} --events x.npz -c {output} -o {formats}"]
    commands = [*calibrated, f"bxnn compile {model} -c {output}"]
    told = f"wrote {' and '.join(map(str, written))}; an event every {counted(found.initiation_interval, 'cycle')}"
    present(answer, told, *(f"next: {command}" for command in commands))
