"""Writes a build, or results into one, in a single step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bxnn.compiler.builds.commit import Commit
from bxnn.compiler.builds.lock import locked
from bxnn.compiler.builds.manifest import MANIFEST, Manifest, digests
from bxnn.compiler.builds.operations import FileOperations
from bxnn.compiler.builds.ownership import check_new, check_replaced, owned
from bxnn.compiler.builds.place import check_place


def replace_build(
    folder: Path,
    fill: Callable[[Path], None],
    bxnn_version: str,
    force: bool = False,
    operations: FileOperations | None = None,
    beside: bool = False,
) -> None:
    """Write a build: replacing an older one, into an empty folder or into a new one; a user's files stay.

    Args:
        folder: Where to write it.
        fill: Writes the whole content into the folder that it is given.
        bxnn_version: Version of this bxnn, for the manifest.
        force: Whether files that were changed after bxnn wrote them may be replaced.
        operations: Performs the changes of files; for tests.
        beside: Whether a first build may be written into a folder that holds a user's files.

    Raises:
        InputError: If something in the way does not belong to bxnn; nothing has changed then.
    """
    check_place(folder)
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with locked(folder, create=True):
            commit = Commit(folder, operations)
            commit.recover()
            manifest = owned(folder, bxnn_version, beside)
            check_replaced(folder, manifest, manifest.files, force)
            try:
                staging = commit.begin()
                fill(staging)
                publish(commit, manifest, bxnn_version, list(manifest.files), force)
            except BaseException:
                commit.discard()
                raise
            commit.discard_work()
    except BaseException:
        for path in created:
            FileOperations().remove_folder(path)
        raise


def publish(
    commit: Commit, manifest: Manifest, bxnn_version: str, replaced: Sequence[str], force: bool = False
) -> Manifest:
    """Commit a staging folder: its files replace some of the manifest's.

    Args:
        commit: Holds the staging folder.
        manifest: Manifest of the build as it is.
        bxnn_version: Version of this bxnn.
        replaced: Files of the manifest that are removed unless the staging folder has them.
        force: Whether files that were changed after bxnn wrote them may be replaced.

    Returns:
        The new manifest.

    Raises:
        InputError: If something in the way does not belong to bxnn.
    """
    staged = digests(commit.staging)
    going = set(replaced)
    check_replaced(commit.folder, manifest, going | (set(staged) & set(manifest.files)), force)
    check_new(commit.folder, manifest, staged)
    kept = {path: value for path, value in manifest.files.items() if path not in going}
    if manifest.files and not (commit.folder / MANIFEST).exists():
        commit.claim(manifest)
    new = Manifest(bxnn_version, kept | staged)
    new.save(commit.staging)
    commit.finish([*staged, MANIFEST], sorted(going - set(staged)))
    return new
