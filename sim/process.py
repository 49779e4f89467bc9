"""Runs tools so that none outlives bxnn: each runs under a launcher that kills it when bxnn is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bxnn.compiler.errors import ToolError

_NEXT_TO_NOTHING_BYTES = 64 << 10
_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Finished:
    """The result of a tool.

    Attributes:
        returncode: Exit code; 128 plus the number of the signal if a signal ended it.
        stdout: Its output, unless that went to a log.
        stderr: Its error output, likewise.
    """

    returncode: int
    stdout: str
    stderr: str


class SupervisedProcess:
    """A running tool; leaving the context kills it and all its children."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        log: IO[str] | None = None,
    ) -> None:
        """Start a tool.

        Args:
            command: Program and arguments.
            folder: Where it runs.
            environment: All of its variables; those of bxnn if ``None``.
            log: Receives its output, including errors.
        """
        self._folder = folder
        with ExitStack() as opened:
            self._stdout: IO[str] = log or opened.enter_context(_scratch())
            self._stderr: IO[str] = log or opened.enter_context(_scratch())
            pipe, self._alive = os.pipe()
            opened.callback(os.close, self._alive)
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(_LAUNCHER), str(pipe), *command],
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=self._stdout,
                    stderr=self._stderr,
                    pass_fds=(pipe,),
                    start_new_session=True,
                )
            finally:
                os.close(pipe)
            self._opened = opened.pop_all()
        self._captured = log is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()  # the launcher sees the closed pipe, if it is still running
        self._process.wait()

    def wait(self, timeout_seconds: float | None = None) -> Finished:
        """Wait for the end of the tool.

        Raises:
            subprocess.TimeoutExpired: If it is still running after that time.
            ToolError: If it failed and the disk that it works on is full.
        """
        code = self._process.wait(timeout_seconds)
        if code != 0 and self._folder is not None:
            require_space(self._folder)
        if not self._captured:
            return Finished(code, "", "")
        self._stdout.seek(0)
        self._stderr.seek(0)
        return Finished(code, self._stdout.read(), self._stderr.read())


def run_tool(
    command: Sequence[str],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: IO[str] | None = None,
    timeout_seconds: float | None = None,
) -> Finished:
    """Run a tool to its end; arguments and errors are as for `SupervisedProcess`."""
    with SupervisedProcess(command, folder, environment, log) as process:
        return process.wait(timeout_seconds)


def run_tools(
    commands: Sequence[Sequence[str]], folder: Path, environment: Mapping[str, str] | None = None
) -> list[Finished]:
    """Run tools in parallel."""
    with ExitStack() as running:
        started = [running.enter_context(SupervisedProcess(command, folder, environment)) for command in commands]
        return [process.wait() for process in started]


def _scratch() -> IO[str]:
    """An unnamed file: nothing of it remains, however bxnn ends."""
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")


def require_space(folder: Path) -> None:
    """Say that the disk is full where a tool has failed, or has not written all of its results.

    Raises:
        ToolError: If almost no space is free for this user: a tool out of space may have removed its partial output.
    """
    try:
        found = os.statvfs(folder)
    except OSError:
        return
    if found.f_bavail * found.f_frsize < _NEXT_TO_NOTHING_BYTES:
        raise ToolError(str(folder), "No space left on device")
