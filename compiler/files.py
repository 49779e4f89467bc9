"""Opening files that a user names: a fifo, device or folder never makes bxnn wait."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_regular(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a regular file; opening it never blocks.

    Raises:
        OSError: If it cannot be opened or read.
        ValueError: If it is no regular file, e.g. a fifo, or the path holds a null character.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        return file.read(most)
