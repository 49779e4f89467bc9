"""A command whose help names its arguments as the documentation does."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

_MANY, _ONE = "<list[Path]>", "<path>"


class DocumentedCommand(TyperCommand):
    """``Usage: bxnn report [OPTIONS] BUILD``, not ``{BUILD}``; of many arguments, each is a ``<path>``."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def get_help(self, ctx: Any) -> str:
        return super().get_help(ctx).replace(_MANY, _ONE.ljust(len(_MANY)))
