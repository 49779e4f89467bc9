"""Shows on a terminal what a long command is doing and for how long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from bxnn.compiler.cli.presentation import current
from bxnn.compiler.cli.stage_times import stage_times

if TYPE_CHECKING:
    from rich.progress import Progress

SHORT_SECONDS = 2.0  # shorter commands show nothing


@contextmanager
def elapsed(doing: str, short_seconds: float = SHORT_SECONDS) -> Iterator[Callable[[str], None]]:
    """Show what is being done, its stage and its time, while the context lasts.

    The context is a function that adds how far it is, such as ``3 of 7 widths priced``. Nothing is shown if standard
    error is not a terminal or the command is to be quiet; ``--verbose`` prints the time of each stage in any case.
    Python must not fork inside the context: a thread draws.

    Args:
        doing: Description of the command.
        short_seconds: When to start showing it.
    """
    if current().quiet or not sys.stderr.isatty():
        with stage_times(doing):
            yield lambda _: None
        return
    shown: list[Progress] = []
    doing_now = [doing]
    began = time.monotonic()
    timer = Timer(short_seconds, lambda: shown.append(_started(doing_now[-1], began)))
    timer.daemon = True
    timer.start()

    def show(text: str) -> None:
        doing_now.append(text)
        for progress in shown:
            progress.update(progress.task_ids[0], description=text)

    try:
        with stage_times(doing, show):
            yield lambda reached: show(f"{doing}: {reached}")
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
