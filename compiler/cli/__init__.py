"""The command line: one file per command."""

from bxnn.compiler.cli.command_line import main, run

__all__ = ["main", "run"]
