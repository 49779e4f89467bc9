"""What a command prints: tables and lines, nothing (``--quiet``), or one object on standard output (``--json``)."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from bxnn.compiler.report.table import Table

_LOG = logging.getLogger("bxnn")


@dataclass
class Presentation:
    """How this run of the command line answers.

    Attributes:
        as_json: One JSON object instead of text.
        quiet: Nothing but errors.
        verbose: The time of every stage, too.
        answered: Whether the object has been printed: a command prints one, and a failure adds no second one.
    """

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    answered: bool = False


class _OnStandardError(logging.Handler):
    """Prints what is logged, without adornment, on whatever standard error is at that time."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), file=sys.stderr, flush=True)  # noqa: T201


_current: ContextVar[Presentation] = ContextVar("presentation")


@contextmanager
def presented(as_json: bool) -> Iterator[None]:
    """A new run: its presentation is the current one, and what bxnn logs goes to standard error.

    Afterwards bxnn logs as before: a program that runs a command keeps its handlers and its level.
    """
    before = _current.set(Presentation(as_json))
    handlers, level = _LOG.handlers, _LOG.level
    _LOG.handlers = [_OnStandardError()]
    _LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOG.handlers = handlers
        _LOG.setLevel(level)
        _current.reset(before)


def current() -> Presentation:
    """The presentation of this run; the default one for code that no command has called."""
    return _current.get(Presentation())


def keep_quiet() -> None:
    """From now on this run prints nothing but errors."""
    current().quiet = True
    _LOG.setLevel(logging.ERROR)


def present(answer: Mapping[str, Any], *shown: Table | str) -> None:
    """Print the answer of a command.

    Args:
        answer: The object for ``--json``: numbers, texts, lists and mappings; ``None`` for what was not run.
        shown: What people read instead, in this order.
    """
    how = current()
    if how.as_json:
        print_object(answer)
    elif not how.quiet:
        from bxnn.compiler.cli.terminal import print_table

        for part in shown:
            if isinstance(part, str):
                typer.echo(part)
            else:
                print_table(part)


def print_object(answer: Mapping[str, Any]) -> None:
    """Print the one object of ``--json``."""
    current().answered = True
    typer.echo(json.dumps(answer, indent=2, allow_nan=False))
