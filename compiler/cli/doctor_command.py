"""The command ``bxnn doctor``."""

from __future__ import annotations


def doctor() -> None:
    """Show which tools are installed and what each is needed for."""
    from bxnn.compiler.cli.doctor import table
    from bxnn.compiler.cli.terminal import print_table

    print_table(table())
