"""The command ``bxnn weights``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import Build
from bxnn.compiler.cli.presentation import present
from bxnn.compiler.plural import counted


def weights(
    build: Build,
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model with the new weights.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the register writes.")],
    weights_file: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="Weights of a .json model.")
    ] = None,
) -> None:
    """Write the register writes that load new weights into a build and switch to them."""
    from bxnn.compiler.new_weights import write_weights

    found = write_weights(build, model, weights_file, output)
    answer = {
        "build": found.build,
        "layers": list(found.layers),
        "words": found.words,
        "changed": found.changed,
        "layout": found.layout,
        "output": str(output),
    }
    changed = f"{counted(found.changed, 'weight')} of {', '.join(found.layers)} changed"
    present(answer, f"{output}: {counted(found.words, 'word')} for {found.build}, {changed}")
