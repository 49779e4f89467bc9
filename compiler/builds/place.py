"""Where a build may be written: a path is checked once, before anything is done."""

from __future__ import annotations

import os
from pathlib import Path

from bxnn.compiler.errors import InputError


def check_place(folder: Path) -> None:
    """Check that a path is a folder or can be created as one; a symbolic link stands for its target.

    Raises:
        InputError: If it cannot be a build: the root, the user's home, a dangling link, a file, or a path inside a
            file.
    """
    if folder.is_symlink() and not folder.exists():
        raise InputError(str(folder), "is a dangling symbolic link; remove it or name another folder")
    try:
        place = folder.resolve()
    except (OSError, RuntimeError) as error:
        raise InputError(str(folder), f"is not a path: {error}") from None
    if place == Path(place.anchor):
        raise InputError(str(folder), "is the root of the file system; name another folder")
    if place == _home():
        raise InputError(str(folder), "is your home folder; name a folder below it")
    for parent in (place, *place.parents):
        if parent.exists():
            if not parent.is_dir():
                raise InputError(str(folder), f"cannot be a folder: {parent} is a file; name another folder")
            break


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):  # the home is unknown
        return None


def first_file(folder: Path) -> str | None:
    """A file in a folder, or a folder without files, by its relative path; ``None`` if the folder is empty."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            return (Path(parent) / name).relative_to(folder).as_posix()
    return next((path.name + "/" for path in sorted(folder.iterdir())), None)
