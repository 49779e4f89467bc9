"""Shows on a terminal what a long command is doing and for how long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from bxnn.compiler.cli.presentation import current

if TYPE_CHECKING:
    from rich.progress import Progress

SHORT_SECONDS = 2.0  # shorter commands show nothing


@contextmanager
def elapsed(doing: str, short_seconds: float = SHORT_SECONDS) -> Iterator[None]:
    """Show what is being done, and its time, while the context lasts.

    Nothing is shown if standard error is not a terminal or the command is to be quiet.
    Python must not fork inside the context: a thread draws.

    Args:
        doing: Description of the command.
        short_seconds: When to start showing it.
    """
    if current().quiet or not sys.stderr.isatty():
        yield
        return
    shown: list[Progress] = []
    began = time.monotonic()
    timer = Timer(short_seconds, lambda: shown.append(_started(doing, began)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for progress in shown:
            progress.stop()


def _started(doing: str, began: float) -> Progress:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn("line"), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True, get_time=time.monotonic)
    progress.add_task(doing, total=None)
    progress.tasks[0].start_time = began
    progress.start()
    return progress
