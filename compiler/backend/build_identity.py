"""Which build a folder holds: builds in one folder are distinguished by what they compute, and when."""

from __future__ import annotations

import hashlib

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import InputError


class BuildIdentity:
    """The build that a folder held when this object was created.

    Anything that keeps part of a build in memory must check here before combining it with the files: another command,
    or another cell of a notebook, may have compiled into the folder since. Compiling the same again changes nothing.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._digest = _digest(build)

    def check(self, advice: str) -> None:
        """Check that the folder still holds that build.

        Args:
            advice: What to do about it, for the error message.

        Raises:
            InputError: If it holds another build, or none.
        """
        if _digest(Build.open(self._build.folder)) != self._digest:
            raise InputError(str(self._build.folder), f"holds another build, as it was compiled again; {advice}")


def _digest(build: Build) -> str:
    """Digest of the graph, its constants and the guaranteed timing."""
    digest = hashlib.sha256()
    for path in (build.folder / "ir" / "graph.txt", build.folder / "ir" / "constants.npz", build.interface):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(str(path), f"cannot be read: {error.strerror}; compile again") from None
        digest.update(b"%d\n" % len(content) + content)
    return digest.hexdigest()
