"""The git revision of the repository that a file is in, as far as git is there to say."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git_revision(file: Path) -> str | None:
    """The revision, ending with ``+`` if the file has changed since; ``None`` outside repositories or without git.

    Args:
        file: A file that git may keep.
    """
    revision = _git(file, "rev-parse", "HEAD")
    if revision is None or _git(file, "ls-files", "--error-unmatch", file.name) is None:
        return None
    return revision + ("+" if _git(file, "status", "--porcelain", "--", file.name) else "")


def _git(file: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(file.absolute().parent), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
