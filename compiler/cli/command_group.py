"""The group of all commands: says what may be meant by a command that does not exist."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from bxnn.compiler.nearest import nearest

_ALIKE = 0.6  # as difflib measures it


class CommandGroup(TyperGroup):
    """Commands by name; the beginning of a name counts more than likeness, so that ``sim`` may mean ``simulate``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise _UnknownCommandError(ctx, f"No such command {args[0][:60]!r}. {self._advice(args[0])}")
        return super().resolve_command(ctx, args)

    def _advice(self, name: str) -> str:
        """``Did you mean 'simulate'?``, or all commands that begin so: ``'simulate', 'sweep' or 'synthesize'``."""
        lower = name.lower()
        found = sorted(command for command in self.commands if name and command.startswith(lower))
        if not found:
            like = nearest(lower, self.commands, _ALIKE)
            return "Try bxnn --help." if like is None else f"Did you mean {like!r}?"
        *others, last = map(repr, found)
        return f"Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"


class _UnknownCommandError(typer.TyperException):
    """An unknown command; ``ctx`` is what typer's own errors carry."""

    def __init__(self, ctx: Any, message: str) -> None:
        super().__init__(message)
        self.ctx = ctx


def completing() -> bool:
    """Whether a shell runs this process to complete a command line; it passes everything in the environment."""
    return "_BXNN_COMPLETE" in os.environ
