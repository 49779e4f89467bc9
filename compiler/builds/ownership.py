"""What in a folder belongs to bxnn, and what must therefore be refused before anything is replaced."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePosixPath

from bxnn.compiler.builds.legacy import adopted
from bxnn.compiler.builds.manifest import MANIFEST, OWN_FOLDER, Manifest
from bxnn.compiler.builds.place import first_file
from bxnn.compiler.errors import InputError


def owned(folder: Path, bxnn_version: str, beside: bool = False) -> Manifest:
    """The manifest of a build; a reconstructed one for a build of 0.1.0; an empty one for an empty folder.

    Args:
        folder: Exists; recovered.
        bxnn_version: Version of this bxnn, for an empty folder.
        beside: Whether a folder with anything else in it is like an empty one; ``check_new`` protects what is there.

    Raises:
        InputError: If the folder contains anything else, naming a file in it.
    """
    manifest = Manifest.load(folder)
    if manifest is not None:
        return manifest
    if not any(path.name != OWN_FOLDER for path in folder.iterdir()):
        return Manifest(bxnn_version)
    legacy, foreign = adopted(folder)
    if legacy is not None:
        return legacy
    if beside:
        return Manifest(bxnn_version)
    found = foreign or first_file(folder)
    raise InputError(str(folder), f"is not a build and contains {found}; name another folder, or an empty one")


def check_replaced(folder: Path, manifest: Manifest, paths: Collection[str], force: bool) -> None:
    """Refuse to replace or remove what the user has changed.

    Args:
        folder: The build folder.
        manifest: What bxnn wrote there.
        paths: Files of the manifest that will be replaced or removed.
        force: Whether changed ones may be replaced.

    Raises:
        InputError: Naming the first changed file.
    """
    changed = [] if force else manifest.changed(folder, paths)
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise InputError(
            str(folder / changed[0]),
            f"was changed after bxnn wrote it{more}; keep a copy elsewhere, then replace it with --force",
        )


def check_new(folder: Path, manifest: Manifest, paths: Collection[str]) -> None:
    """Refuse to write where there is something that bxnn did not write.

    Raises:
        InputError: Naming it.
    """
    parents = {str(parent) for path in paths for parent in PurePosixPath(path).parents if str(parent) != "."}
    device = folder.stat().st_dev
    for place in sorted(parents):
        if (folder / place).is_symlink() or ((folder / place).exists() and not (folder / place).is_dir()):
            raise _in_the_way(folder / place)
        if (folder / place).exists() and (folder / place).stat().st_dev != device:
            raise InputError(str(folder / place), "is on another file system than its build; unmount it")
    for path in sorted(set(paths) - set(manifest.files) - {MANIFEST}):
        if (folder / path).is_symlink() or (folder / path).exists():
            raise _in_the_way(folder / path)
    for path in sorted(set(paths) & set(manifest.files)):
        if (folder / path).is_dir() and not (folder / path).is_symlink():
            raise _in_the_way(folder / path)


def _in_the_way(path: Path) -> InputError:
    return InputError(str(path), "is in the way and not written by bxnn; move it elsewhere, or name another folder")
