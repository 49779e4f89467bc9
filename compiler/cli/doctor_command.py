"""The command ``bxnn doctor``."""

from __future__ import annotations


def doctor() -> None:
    """Show which tools are installed, in which version, what each is needed for, and how to install the rest.

    Exits with 1 if anything is missing or broken.
    """
    from bxnn.compiler.cli.doctor import remedies, table, tools
    from bxnn.compiler.cli.presentation import present
    from bxnn.compiler.errors import ChecksFailedError
    from bxnn.compiler.plural import counted

    found = tools()
    wrong = [tool for tool in found if not tool.usable]
    commands = remedies(found)
    rows = [
        {
            "tool": tool.name,
            "found": tool.state,
            "version": tool.found if tool.usable else None,
            "needed_for": tool.needed_for,
        }
        for tool in found
    ]
    present({"tools": rows, "install": list(commands)}, table(found), *(f"install: {line}" for line in commands))
    if wrong:
        names = ", ".join(tool.name for tool in wrong)
        problem = f"{counted(len(wrong), 'tool')} missing or broken ({names}); commands that do not need them work"
        raise ChecksFailedError("bxnn doctor", [problem])
