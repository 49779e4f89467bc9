"""Run a command and measure it: wall time and peak memory, with the kernel's own accounting."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finished:
    """The result of a command.

    Attributes:
        returncode: Exit code, negative for a signal.
        wall_seconds: From just before the start to the end of the process.
        cpu_seconds: Processor time of the process and of any child it waited for.
        peak_rss_mb: Largest resident set of the process or of any child it waited for, in 10**6 bytes. The
            kernel counts what the process held before ``exec`` too, so the caller's own size is a floor.
        stdout: All of its standard output.
        stderr: All of its standard error.
    """

    returncode: int
    wall_seconds: float
    cpu_seconds: float
    peak_rss_mb: float
    stdout: str
    stderr: str

    @property
    def complaint(self) -> str:
        """One line that says why the command failed."""
        lines = [line for line in (self.stderr.strip() or self.stdout.strip()).splitlines() if line.strip()]
        return f"exit {self.returncode}: {lines[-1].strip() if lines else 'no output'}"


def _end_group(pid: int) -> None:
    """Kill the process group that ``run`` started; it may be gone already."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def run(
    command: Sequence[str], timeout_seconds: float = 600.0, environment: Mapping[str, str] | None = None
) -> Finished:
    """Run a command to its end.

    Args:
        command: Program and arguments.
        timeout_seconds: After this the command and its children are killed; the exit code is then -9.
        environment: Variables set on top of the inherited ones.

    Raises:
        FileNotFoundError: The program does not exist.
    """
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        timer = threading.Timer(timeout_seconds, _end_group, [process.pid])
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        stderr.seek(0)
        return Finished(
            returncode=process.returncode,
            wall_seconds=wall_seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_rss_mb=usage.ru_maxrss * 1024 / 1e6,  # Linux counts in KiB
            stdout=stdout.read(),
            stderr=stderr.read(),
        )
