"""A progress bar on standard error, if that is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self


class Progress:
    """Counts the points that are done.

    It is only redrawn between points, in this thread.

    Args:
        total: Points in the sweep.
        done: Points kept from an earlier run.
        shown: Whether to draw at all.
    """

    def __init__(self, total: int, done: int, shown: bool) -> None:
        self._total, self._done, self._failed = total, done, 0
        self._bar: Any = None
        if shown and sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task("scheduling", total=total, completed=done, failed="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._bar.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, failed: bool) -> None:
        """One more point is done."""
        self._failed += failed
        if self._bar is not None:
            shown = f"{self._failed} failed" if self._failed else ""
            self._bar.update(self._task, advance=1, failed=shown, refresh=True)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    times = (TextColumn("elapsed"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    return RichProgress(*columns, *times, console=Console(stderr=True), auto_refresh=False)
