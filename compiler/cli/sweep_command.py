"""The command ``bxnn sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import Cluster
from bxnn.compiler.cli.output import StoppedRunError
from bxnn.compiler.cli.presentation import current, present
from bxnn.compiler.cli.stage_times import stage_times
from bxnn.compiler.plural import counted


def sweep(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .keras, .h5 or .json file.")],
    config: Annotated[
        Path, typer.Option("--config", "-c", metavar="sweep.yaml", help="A design.yaml; keys may hold lists.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write, or to resume.")],
    weights: Annotated[Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a .json model.")] = None,
    cluster: Cluster = "local",
) -> None:
    """Schedule a model at every point of sweep.yaml; write latency against DSP and LUT into DIR.

    The points run on all cores, or on a Dask cluster whose workers see the model under the same path.
    """
    from bxnn.compiler.sweep.sweep_run import run_sweep
    from bxnn.compiler.sweep.sweep_table import sweep_object, tables

    try:
        with stage_times("sweep"):
            found = run_sweep(model, weights, config, output, not current().quiet, cluster)
    except KeyboardInterrupt as stop:
        raise StoppedRunError(str(stop)) from None
    failed = sum(row.answer.design is None for row in found.rows)
    present(
        sweep_object(found),
        tables(found)[0],
        f"{counted(len(found.rows), 'point')}: {found.computed} scheduled now, {failed} without a schedule",
        f"wrote {output / 'sweep.csv'}, sweep.md, pareto.png and pareto.svg",
    )
