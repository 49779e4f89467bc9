"""The time that each stage of a command takes, for ``--verbose``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bxnn.compiler.cli.presentation import current
from bxnn.compiler.stages import heard


@contextmanager
def stage_times(doing: str, show: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Hear of the stages of a command while the context lasts; with ``--verbose``, print their times when it ends.

    The lines go to standard error, one per stage and one for the whole, also if the command fails.

    Args:
        doing: Name of the command.
        show: Called with the command and its stage whenever one begins.
    """
    started = time.monotonic()
    begun: list[tuple[str, float]] = []

    def listen(stage: str) -> None:
        begun.append((stage, time.monotonic()))
        show(f"{doing}: {stage}")

    try:
        with heard(listen):
            yield
    finally:
        if current().verbose:
            print(*_lines(doing, started, begun, time.monotonic()), sep="\n", file=sys.stderr, flush=True)  # noqa: T201


def _lines(doing: str, started: float, begun: list[tuple[str, float]], ended: float) -> list[str]:
    """``compile: schedule  1.23 s``; a stage that is begun several times has one line."""
    ends = [*(when for _, when in begun[1:]), ended]
    seconds: dict[str, float] = {}
    for (stage, when), end in zip(begun, ends, strict=False):
        seconds[stage] = seconds.get(stage, 0.0) + end - when
    seconds["in total"] = ended - started
    width = max(map(len, seconds))
    return [f"{doing}: {stage:<{width}}  {spent:7.2f} s" for stage, spent in seconds.items()]
