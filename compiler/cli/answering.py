"""The options that every command takes beside its own: how it answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from bxnn.compiler.cli.presentation import current, keep_quiet

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
_Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print the time that each stage took.")]


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """The command with ``--json``, ``--quiet`` and ``--verbose`` at the end of its options.

    ``--json`` is acted on before the arguments are parsed, so that a usage error is an object too.
    """

    @wraps(command)
    def run(as_json: bool, quiet: bool, verbose: bool, **arguments: Any) -> None:
        del as_json
        current().verbose = verbose
        if quiet:
            keep_quiet()
        command(**arguments)

    own = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in (("as_json", _Json), ("quiet", _Quiet), ("verbose", _Verbose))
    ]
    parameters = [*own.parameters.values(), *added]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
