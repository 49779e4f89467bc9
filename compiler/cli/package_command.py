"""The command ``bxnn package``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bxnn.compiler.cli.cli_options import Build
from bxnn.compiler.cli.presentation import present

if TYPE_CHECKING:
    from bxnn.compiler.delivery.package_build import Package


def _target(text: str) -> str:
    from bxnn.compiler.delivery import TARGETS
    from bxnn.compiler.nearest import unknown

    if text not in TARGETS:
        raise typer.BadParameter(f"{text[:60]!r} {unknown(text, TARGETS)} One of {', '.join(TARGETS)}.")
    return text


def package(
    build: Build,
    target: Annotated[
        str,
        typer.Option("--for", parser=_target, metavar="TARGET", help="vivado, quartus, hog, ipbb, fusesoc or vhdl."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the package.")],
    check: Annotated[bool, typer.Option("--check", help="Compare the package with the build; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files changed after bxnn wrote them.")] = False,
) -> None:
    """Write a build in the form that a repository or a tool takes: sources, lists, constraints, scripts, test bench.

    The same build gives the same bytes. Files in DIR that bxnn did not write are left alone.
    """
    from bxnn.compiler.delivery import check_package, write_package

    if check:
        found = check_package(build, target, output)
        present({**_object(found, output), "passed": True}, f"{output}: as {build} gives it")
        return
    found = write_package(build, target, output, force)
    count = len(found.files)
    present(_object(found, output), f"{output}: {found.top} for {target}, {count} files; begin with README.md")


def _object(found: Package, folder: Path) -> dict[str, object]:
    return {
        "target": found.target,
        "folder": str(folder),
        "top": found.top,
        "library": found.library,
        "files": list(found.files),
    }
