"""A build that a command works on: locked, recovered, and as bxnn wrote it in everything that the command needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bxnn.compiler.builds.commit import Commit
from bxnn.compiler.builds.legacy import adopted
from bxnn.compiler.builds.lock import locked
from bxnn.compiler.builds.manifest import Manifest
from bxnn.compiler.builds.update import publish
from bxnn.compiler.errors import InputError, VerificationError


@dataclass
class OpenBuild:
    """A build whose lock is held.

    Attributes:
        folder: Its path.
        manifest: What bxnn wrote there.
    """

    folder: Path
    manifest: Manifest
    _commit: Commit

    def work(self, name: str) -> Path:
        """A folder for the output of a tool, kept for the next run; the next compile discards it."""
        folder = self._commit.work / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def results(self, *replaced: str) -> Iterator[Path]:
        """A staging folder, laid out like the build, whose files take their places all at once at the end.

        Args:
            replaced: Files and folders whose old files are removed, whether or not they are replaced.

        Raises:
            InputError: If something in the way does not belong to bxnn.
        """
        try:
            yield self._commit.begin()
            self.manifest = publish(self._commit, self.manifest, version("bxnn"), self.manifest.below(*replaced))
        except BaseException:
            self._commit.discard()
            raise

    def check(self, *places: str) -> None:
        """Check that files, or all files in folders, are as bxnn wrote them.

        Raises:
            InputError: Naming the first that is missing or changed.
        """
        for place in places:
            self.check_there(place)
            for path in self.changed(place):
                raise InputError(str(self.folder / path), "was changed after bxnn wrote it; compile again")

    def check_there(self, *places: str) -> None:
        """Check that files, or all files in folders, exist, changed or not.

        Raises:
            InputError: Naming the first that is missing.
        """
        for place in places:
            paths = self.manifest.below(place)
            missing = [place] if not paths else self.manifest.missing(self.folder, paths)
            if missing:
                raise InputError(str(self.folder / missing[0]), "is missing; compile again")

    def changed(self, *places: str) -> tuple[str, ...]:
        """Files, or those in folders, that differ from what bxnn wrote; sorted."""
        return tuple(self.manifest.changed(self.folder, self.manifest.below(*places)))

    def check_unchanged(self, *places: str) -> None:
        """Check that code is what bxnn vouches for: changed code may run, but shows nothing about this network.

        Raises:
            VerificationError: Naming the first file that was changed.
        """
        for path in self.changed(*places):
            what = "was changed after bxnn wrote it; compile again, or accept it as it is with --trust"
            raise VerificationError(str(self.folder / path), what)

    def check_trust(self) -> None:
        """Refuse to run what another user wrote.

        Raises:
            InputError: Naming the first file of the manifest, or the folder, that belongs to another user.
        """
        for path in ("", *sorted(self.manifest.files)):
            place = self.folder / path
            owner = place.lstat().st_uid if place.exists() else os.geteuid()
            if owner != os.geteuid():
                raise InputError(
                    str(place),
                    f"belongs to another user (uid {owner}), and this command runs code of the build; "
                    "look at the code, then add --trust",
                )


@contextmanager
def opened(
    folder: Path, *needs: str, code: tuple[str, ...] = (), writes: bool = False, trust: bool = False
) -> Iterator[OpenBuild]:
    """A build, locked until the end; an interrupted commit is finished or undone first.

    Args:
        folder: The build folder.
        needs: Files and folders that must be as bxnn wrote them.
        code: What the command compiles, elaborates or runs; it must exist.
        writes: Whether the command needs the build for itself: to write results, or to use the work folders.
        trust: Whether to run code that another user wrote.

    Raises:
        InputError: If there is no build, or it is not as bxnn wrote it.
    """
    if not folder.is_dir():
        raise _no_build(folder)
    commit = Commit(folder)
    if commit.pending and not writes:
        with locked(folder):
            commit.recover()
    with locked(folder, shared=not writes):
        if writes:
            commit.recover()
        manifest = Manifest.load(folder) or adopted(folder)[0]
        if manifest is None:
            raise _no_build(folder)
        build = OpenBuild(folder, manifest, commit)
        if code and not trust:
            build.check_trust()
        build.check(*needs)
        build.check_there(*code)
        yield build


def _no_build(folder: Path) -> InputError:
    return InputError(str(folder), "is not a build; make one with: bxnn compile MODEL -o BUILD")
