"""The files that bxnn wrote into a build: `bxnn.manifest.json`.

The file is untrusted, like every file of a build: a path that leaves the folder or is listed twice is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.errors import InputError

MANIFEST = "bxnn.manifest.json"
OWN_FOLDER = ".bxnn"

_SCHEMA_VERSION = 1
_DIGEST_CHARACTERS = 64  # SHA-256, hexadecimal
_KEYS = {"schema_version", "bxnn_version", "files"}


@dataclass(frozen=True)
class Manifest:
    """What bxnn wrote.

    Attributes:
        bxnn_version: Version that wrote last.
        files: SHA-256 of each file except the manifest itself, by its path in the build, parts joined by ``/``.
    """

    bxnn_version: str
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Manifest | None:
        """The manifest of a folder, or ``None`` if it has none.

        Raises:
            InputError: If it is not a manifest.
        """
        path = folder / MANIFEST
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise InputError(str(path), "is not a regular file; move it away")
        if not path.exists():
            return None
        if path.stat().st_size > limits.MANIFEST_BYTES:
            raise _damaged(path, f"is larger than {limits.MANIFEST_BYTES >> 20} MiB")
        try:
            raw = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_without_doubles)
        except (OSError, ValueError, RecursionError) as error:
            raise _damaged(path, f"is not a manifest ({type(error).__name__})") from None
        return _parsed(path, raw)

    def text(self) -> str:
        """The contents of the file."""
        raw = {"schema_version": _SCHEMA_VERSION, "bxnn_version": self.bxnn_version, "files": dict(self.files)}
        return json.dumps(raw, indent=1, sort_keys=True) + "\n"

    def save(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        (folder / MANIFEST).write_text(self.text(), encoding="utf-8")

    def changed(self, folder: Path, paths: Iterable[str]) -> list[str]:
        """Which of these files of the manifest exist but differ from what bxnn wrote; sorted."""
        return sorted(path for path in paths if is_there(folder / path) and digest(folder / path) != self.files[path])

    def missing(self, folder: Path, paths: Iterable[str]) -> list[str]:
        """Which of these files do not exist; sorted."""
        return sorted(path for path in paths if not is_there(folder / path))

    def below(self, *places: str) -> list[str]:
        """Files of the manifest that are one of the places or inside one; sorted."""
        return sorted(path for path in self.files if any(path == p or path.startswith(f"{p}/") for p in places))


def digest(path: Path) -> str:
    """SHA-256 of a file; for a symbolic link, a folder or anything else, a text that is never a digest."""
    if path.is_symlink() or not path.is_file():
        return "not a regular file"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder, by path."""
    paths = sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    return {path.relative_to(folder).as_posix(): digest(path) for path in paths}


def check_path(subject: str, path: Any) -> str:
    """A path in a manifest that stays inside the folder.

    Raises:
        InputError: If it does not, or belongs to bxnn itself.
    """
    parts = path.split("/") if isinstance(path, str) else [""]
    good = all(part not in ("", ".", "..") and "\0" not in part for part in parts) and parts[0] != OWN_FOLDER
    if not good or path == MANIFEST or PurePosixPath(path).is_absolute():
        problem = f"names {str(path)[:80]!r}, which is not a file of a build"
        raise InputError(subject, f"{problem}; compile into another folder")
    return str(path)


def is_there(path: Path) -> bool:
    """Whether there is anything at a path, including a dangling link."""
    return path.is_symlink() or path.exists()


def _parsed(path: Path, raw: Any) -> Manifest:
    if not isinstance(raw, dict) or set(raw) != _KEYS or not isinstance(raw["files"], dict):
        raise _damaged(path, f"is not a manifest: it must have the keys {', '.join(sorted(_KEYS))}")
    if raw["schema_version"] != _SCHEMA_VERSION or not isinstance(raw["bxnn_version"], str):
        raise _damaged(path, f"is of schema_version {str(raw['schema_version'])[:20]}, not {_SCHEMA_VERSION}")
    files: dict[str, Any] = raw["files"]
    if len(files) > limits.MANIFEST_FILES:
        raise _damaged(path, f"names more than {limits.MANIFEST_FILES} files")
    for name, value in files.items():
        check_path(str(path), name)
        if not isinstance(value, str) or len(value) != _DIGEST_CHARACTERS or not set(value) <= set("0123456789abcdef"):
            raise _damaged(path, f"has no SHA-256 for {name[:80]!r}")
        if any(str(parent) in files for parent in PurePosixPath(name).parents):
            raise _damaged(path, f"names a file below a file: {name[:80]!r}")
    return Manifest(raw["bxnn_version"], files)


def _damaged(path: Path, problem: str) -> InputError:
    return InputError(str(path), f"{problem}; compile into another folder")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found
