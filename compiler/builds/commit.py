"""Replaces files of a build by staged ones, all or none, whenever the process dies.

    .bxnn/staging/...        the new files, in the place and with the name that they will have in the build
    .bxnn/commit.json        which of them replace what, and what is removed: written once all of them are there

Before the record exists, the old build is intact, and the staging folder is discarded. From then on the new build is as
good as written: every remaining step can be repeated. The manifest moves last.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bxnn.compiler.builds.manifest import MANIFEST, OWN_FOLDER, Manifest, check_path, is_there
from bxnn.compiler.builds.operations import FileOperations
from bxnn.compiler.errors import InputError

_STAGING = "staging"
_RECORD = "commit.json"
_WORK = "work"
_PARTIAL = "partial"
_OWN = {_STAGING, _RECORD, _PARTIAL, _WORK}


class Commit:
    """The staging folder of a build, and its recovery. Only the holder of the folder's lock may use it.

    Args:
        folder: The build folder, or one that will become a build; exists.
        operations: Performs the changes of files.

    Attributes:
        staging: Where new files are written; exists between ``begin`` and ``finish``.
        work: Where tools work; everything in it is bxnn's.
    """

    def __init__(self, folder: Path, operations: FileOperations | None = None) -> None:
        self.folder, self._operations = folder, operations or FileOperations()
        self._own = folder / OWN_FOLDER
        self.staging, self.work, self._record = self._own / _STAGING, self._own / _WORK, self._own / _RECORD
        self._partial = self._own / _PARTIAL

    @property
    def pending(self) -> bool:
        """Whether a commit, or what precedes one, was interrupted."""
        return self._own.is_dir() and [path.name for path in self._own.iterdir()] != [_WORK]

    def recover(self) -> None:
        """Finish an interrupted commit, or discard a staging folder that was never committed.

        Raises:
            InputError: If `.bxnn` contains something that bxnn did not write.
        """
        if not self._own.is_symlink() and not self._own.exists():
            return
        if self._own.is_symlink() or not self._own.is_dir():
            raise InputError(str(self._own), "is not a folder of bxnn; move it away")
        for path in sorted(self._own.iterdir()):
            if path.name not in _OWN:
                raise InputError(str(path), "is in a folder of bxnn, but not written by bxnn; move it away")
        if self._record.is_file() and not self._record.is_symlink():
            self._take_steps(*self._read())
            self._operations.remove(self._record)
        self._discard()

    def begin(self) -> Path:
        """An empty staging folder.

        Raises:
            InputError: If the folder cannot be written.
        """
        try:
            self._operations.make_folder(self._own)
            self._operations.make_folder(self.staging)
        except OSError as error:
            raise InputError(str(self.folder), f"cannot be written: {error.strerror}") from None
        return self.staging

    def claim(self, manifest: Manifest) -> None:
        """Give a build of 0.1.0, which has no manifest, one that lists what in it is bxnn's."""
        self._operations.write(self.folder / MANIFEST, manifest.text(), self._partial)

    def finish(self, staged: Sequence[str], removed: Sequence[str]) -> None:
        """Put staged files in their places and remove others.

        Args:
            staged: Files below the staging folder, the manifest among them.
            removed: Files of the manifest; a missing file is not an error.
        """
        moves = [path for path in staged if path != MANIFEST]
        self._operations.write(self._record, json.dumps({"moves": moves, "removed": list(removed)}), self._partial)
        self._take_steps(moves, removed)
        self._operations.remove(self._record)
        self._discard()

    def discard(self) -> None:
        """Discard a staging folder that is not committed."""
        if not self._record.exists():
            self._discard()

    def discard_work(self) -> None:
        """Discard what tools have left."""
        self._operations.remove_tree(self.work)
        self._operations.remove_folder(self._own)

    def _discard(self) -> None:
        self._operations.remove(self._partial)
        self._operations.remove_tree(self.staging)
        self._operations.remove_folder(self._own)  # stays if tools have left something

    def _take_steps(self, moves: Sequence[str], removed: Sequence[str]) -> None:
        """All remaining steps; whatever the record says, only files of the manifest are removed."""
        if not (self.staging / MANIFEST).is_file():
            return  # the manifest has moved, and so has everything before it
        old = Manifest.load(self.folder)
        files = {} if old is None else old.files
        for path in moves:
            if (self.staging / path).is_file():
                self._make_parents(path)
                place = self.folder / path
                if is_there(place) and path not in files:
                    raise InputError(str(place), "is in the way and not written by bxnn; move it elsewhere")
                self._operations.move(self.staging / path, place)
        for path in removed:
            if path in files and self._is_inside(path):
                self._operations.remove(self.folder / path)
                self._remove_parents(path)
        self._operations.move(self.staging / MANIFEST, self.folder / MANIFEST)

    def _make_parents(self, path: str) -> None:
        place = self.folder
        for part in path.split("/")[:-1]:
            place = place / part
            if place.is_symlink():
                raise InputError(str(place), "is a symbolic link where bxnn has a folder; move it away")
            self._operations.make_folder(place)

    def _is_inside(self, path: str) -> bool:
        """Whether no folder on the path is a symbolic link."""
        parents = path.split("/")[:-1]
        places = (self.folder.joinpath(*parents[: count + 1]) for count in range(len(parents)))
        return not any(place.is_symlink() for place in places)

    def _remove_parents(self, path: str) -> None:
        """Folders that contain nothing else."""
        parents = path.split("/")[:-1]
        while parents and self._operations.remove_folder(self.folder.joinpath(*parents)):
            parents.pop()

    def _read(self) -> tuple[list[str], list[str]]:
        subject = str(self._record)
        try:
            raw = json.loads(self._record.read_text(encoding="utf-8"))
            moves, removed = raw["moves"], raw["removed"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise InputError(subject, "is damaged; remove it, then compile again") from None
        for path in [*moves, *removed]:
            check_path(subject, path)
        return list(moves), list(removed)
