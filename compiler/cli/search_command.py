"""The command ``bxnn search``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import integer
from bxnn.compiler.cli.elapsed import elapsed
from bxnn.compiler.cli.output import StoppedRunError
from bxnn.compiler.cli.presentation import present

_Config = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="search.yaml", help="Budget, networks and task; or defaults.")
]
_Workers = Annotated[
    int | None, typer.Option("--workers", parser=integer(1), metavar="N", help="Local processes; one per core.")
]


def search(
    events: Annotated[Path, typer.Argument(metavar="EVENTS.npz", help="Features x and labels y.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write, or to resume.")],
    config: _Config = None,
    cluster: Annotated[
        str, typer.Option("--cluster", metavar="ADDRESS", help="local, or a Dask scheduler: tls://host:port.")
    ] = "local",
    workers: _Workers = None,
    trials: Annotated[
        int | None, typer.Option("--trials", parser=integer(1), metavar="N", help="Trainings, in place of the file's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", parser=integer(0), metavar="S", help="Seed, in place of the file's.")
    ] = None,
) -> None:
    """Train networks that fit a hardware budget; write the best as verified firmware.

    Every proposed network is scheduled before it is trained. An interrupted run is resumed by the same command.
    """
    from bxnn.compiler.search.front_pages import front_table
    from bxnn.compiler.search.search_config import load_search
    from bxnn.compiler.search.search_run import search_files

    wanted = load_search(config)
    changed = {"trials": trials, "seeds": None if seed is None else (seed,)}
    wanted = wanted.model_copy(update={key: value for key, value in changed.items() if value is not None})
    try:
        with elapsed("search") as say:

            def advance(trained: int, refused: int) -> None:
                say(f"{trained} of {wanted.trials} trained, {refused} refused")

            found = search_files(events, wanted, output, cluster, workers, advance)
    except KeyboardInterrupt as stop:
        raise StoppedRunError(str(stop)) from None
    wrote = f"wrote {output / 'front.html'}, front.md, front.json, front.png, search.ipynb and designs"
    present(found.model_dump(mode="json"), front_table(found), found.sentence, wrote)
