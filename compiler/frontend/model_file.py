"""Model files of any format as bytes; opening one never blocks, and no more than a limit is read."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.files import read_regular


def check_file(path: Path) -> None:
    """Refuse anything that is not a file, or is too large, without opening it.

    Raises:
        ModelError: Naming the file.
    """
    if not path.exists():
        raise ModelError(path.name, "no such file")
    if not path.is_file():
        raise ModelError(path.name, "is not a file")
    if path.stat().st_size > limits.MODEL_FILE_BYTES:
        raise ModelError(path.name, f"is larger than {limits.MODEL_FILE_BYTES >> 20} MiB")


def read_model_file(path: Path) -> bytes:
    """The contents of a model file.

    Raises:
        ModelError: If there is no such file, or it cannot be read.
    """
    try:
        check_file(path)
        return read_regular(path, limits.MODEL_FILE_BYTES)
    except OSError as error:
        raise ModelError(path.name, f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # another file has taken its place
        raise ModelError(path.name, f"cannot be read: {error}") from error
