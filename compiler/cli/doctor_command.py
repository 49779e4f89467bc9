"""The command ``bxnn doctor``."""

from __future__ import annotations


def doctor() -> None:
    """Show which tools are installed and what each is needed for."""
    from bxnn.compiler.cli.doctor import table
    from bxnn.compiler.cli.presentation import present

    found = table()
    rows = [{"tool": tool, "found": version, "needed_for": need} for tool, version, need in found.rows]
    present({"tools": rows}, found)
