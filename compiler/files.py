"""Users' files: reading one that may be a fifo or device never blocks, and write errors name the file."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def read_regular(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a regular file; opening it never blocks.

    Raises:
        OSError: If it cannot be opened or read.
        ValueError: If it is not a regular file, e.g. a fifo, or the path contains a null character.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        return file.read(most)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add the path being written to system errors that name no file: a write does not know its own."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def describe(error: OSError) -> str:
    """What went wrong with which file, in one line; an error that names no file is about standard output."""
    reason = error.strerror or str(error)
    place = error.filename2 or error.filename  # of two, the second is being written
    if place is None:
        return f"standard output: cannot be written: {reason}"
    return f"{place}: cannot be written: {reason}" if error.errno in _FULL else f"{place}: {reason}"


def sha256(path: Path) -> str:
    """SHA-256 of a file's contents, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
