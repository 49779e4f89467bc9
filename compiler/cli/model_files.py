"""Which weights file belongs to which model on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bxnn.compiler.errors import InputError
from bxnn.compiler.plural import counted


def model_files(models: Sequence[Path], weights: Sequence[Path]) -> tuple[tuple[Path, Path | None], ...]:
    """Every model with its weights file: one model takes each of several weights files in turn.

    Raises:
        InputError: If there is no model, or the numbers do not fit.
    """
    if not models:
        raise InputError("bxnn compile", "Missing argument 'MODEL'.")
    if not weights:
        return tuple((model, None) for model in models)
    if len(models) not in (1, len(weights)):
        problem = f"has {counted(len(weights), 'weights file')} for {counted(len(models), 'model')}"
        raise InputError("bxnn compile", f"{problem}; name one for each, or one .json file for all")
    repeated = models if len(models) == len(weights) else [*models] * len(weights)
    return tuple(zip(repeated, weights, strict=True))


def only(paths: Sequence[Path] | None, what: str) -> Path | None:
    """The only one, if there is any.

    Raises:
        InputError: If there are several.
    """
    if paths is not None and len(paths) > 1:
        raise InputError("bxnn compile", f"has {len(paths)} {what}; --hls4ml-config takes one")
    return paths[0] if paths else None
