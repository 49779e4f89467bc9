"""One command at a time on a build: a lock on the folder itself, which leaves nothing behind."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bxnn.compiler.errors import InputError
from bxnn.compiler.files import naming

_LOG = logging.getLogger(__name__)


@contextmanager
def locked(folder: Path, shared: bool = False, create: bool = False) -> Iterator[None]:
    """Hold the lock of a folder; the kernel releases it however the process ends.

    Waits for another command, and logs which one. Commands that only read may share the lock.

    Args:
        folder: The build folder, or one that will become a build.
        shared: Whether others may read at the same time.
        create: Whether to create the folder and its parents if missing.

    Raises:
        InputError: If the folder cannot be opened.
    """
    wanted = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    handle = _held(folder, wanted, create)
    try:
        with naming(folder):
            yield
    finally:
        os.close(handle)


def _held(folder: Path, wanted: int, create: bool) -> int:
    """A handle of the folder with the lock held; it is the folder that exists once the lock is granted."""
    while True:
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise InputError(str(folder), f"cannot be opened: {error.strerror}") from None
        try:
            try:
                fcntl.flock(handle, wanted | fcntl.LOCK_NB)
            except BlockingIOError:
                _LOG.info("%s: waiting for %s", folder, _holder(handle))
                fcntl.flock(handle, wanted)
            if _is_still(folder, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the previous command has removed or replaced the folder


def _is_still(folder: Path, handle: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    """The process that holds the lock, according to the kernel."""
    place = os.fstat(handle)
    wanted = f"{os.major(place.st_dev):02x}:{os.minor(place.st_dev):02x}:{place.st_ino}"
    try:
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            words = line.split()
            if "->" not in words and words[1] == "FLOCK" and words[5] == wanted:
                return f"another bxnn command, process {words[4]}"
    except (OSError, IndexError):
        pass
    return "another bxnn command"
