"""The command ``bxnn completion``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from bxnn.compiler.cli.presentation import present


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print the script with which a shell completes commands, options and their values.

    bxnn --install-completion installs it for the current shell.
    """
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="bxnn", complete_var="_BXNN_COMPLETE", shell=shell)
    present({"shell": shell, "script": script}, script)
