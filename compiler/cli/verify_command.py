"""The command ``bxnn verify``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import typer

from bxnn.compiler.cli.cli_options import Build, Cluster, Events, Input, Junit, Seed, Trust
from bxnn.compiler.cli.output import StoppedRunError, show_report
from bxnn.compiler.cli.presentation import current
from bxnn.compiler.cli.stage_times import stage_times


def verify(
    build: Build,
    data: Input = None,
    events: Events = None,
    engines: Annotated[
        str,
        typer.Option("--engines", metavar="LIST", help="Some of cpp, hls, verilator, ghdl, with commas between them."),
    ] = "cpp,hls,verilator",
    cluster: Cluster = "local",
    seed: Seed = 1,
    trust: Trust = False,
    junit: Junit = None,
) -> None:
    """Compare every engine with the reference on many events, on all cores or a Dask cluster.

    The result does not depend on the number of workers. An interrupted run is resumed by the same command.
    """
    from bxnn.compiler import verification
    from bxnn.compiler.cli.junit_file import junit_file
    from bxnn.compiler.gate.measurements import verified

    names = [name.strip() for name in engines.split(",") if name.strip()]
    try:
        with junit_file(junit, "verify", build, lambda report: tuple(verified(report))), _progress() as advance:
            report = verification.verify(build, events, data, names, cluster, seed, trust, advance)
    except KeyboardInterrupt as stop:
        raise StoppedRunError(str(stop)) from None
    show_report(report)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Draws how many pieces are done, on standard error, if that is a terminal."""
    if current().quiet or not sys.stderr.isatty():
        with stage_times("verify"):
            yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verify")
        show = partial(progress.update, task)
        with stage_times("verify", lambda text: show(description=text)):
            yield lambda done, total: show(completed=done, total=total)
