"""The reference of the command line: what ``--help`` prints."""

from __future__ import annotations

from typing import Any


def commands_page() -> str:
    """A section per command, in the order of ``bxnn --help``."""
    from typer.main import get_command

    from bxnn.compiler.cli.command_line import app
    from bxnn.compiler.cli.examples import HELP

    group: Any = get_command(app)
    parts = [
        "# Commands",
        "Exit code 0: done and verified. 1: a check failed, a limit is missed, or a budget or clock cannot be met. "
        "2: bad input or usage, one line per problem. 130: interrupted.",
    ]
    with group.make_context("bxnn", [], resilient_parsing=True) as root:
        for name in HELP:
            command = group.commands[name]
            with command.make_context(name, [], parent=root, resilient_parsing=True, max_content_width=80) as context:
                parts += [f"## bxnn {name}", f"```text\n{command.get_help(context).rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"
