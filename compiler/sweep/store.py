"""The folder of a sweep: answers that are kept, one file each, written entirely or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from bxnn.compiler.errors import InputError
from bxnn.compiler.files import naming
from bxnn.compiler.sweep.point import Answer

_POINTS = "points"


class SweepStore:
    """Answers by key in ``folder/points``.

    Args:
        folder: Created if missing.

    Raises:
        InputError: If the folder contains anything else or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._points = folder, folder / _POINTS
        if folder.exists() and not self._points.is_dir() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(str(folder), "exists and is not a sweep; name another folder")
        try:
            self._points.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(folder), f"cannot be written: {error.strerror}") from None

    def get(self, key: str) -> Answer | None:
        """The stored answer; ``None`` if there is none or its file is damaged, so that it is computed again."""
        try:
            return Answer.model_validate_json((self._points / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Store an answer."""
        self.write(f"{_POINTS}/{key}.json", (answer.model_dump_json(indent=2) + "\n").encode())

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of the folder in one step."""
        path = self.folder / name
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with naming(path), os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(partial).chmod(0o644)
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        return path
