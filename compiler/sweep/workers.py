"""Runs jobs in forked processes: memory is shared, and a job that kills its process dies alone."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
_PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def run_forked(
    work: Callable[[Job], Result], jobs: Sequence[Job], processes: int | None = None
) -> Generator[tuple[Job, Result | None], None, None]:
    """Jobs with their results, in the order in which they finish; ``None`` if a process died without one.

    Leaving the iterator early, as on Ctrl-C, ends the processes that are still running.

    Args:
        work: Called in a separate process; its result must be picklable.
        jobs: The jobs to work on.
        processes: How many run at a time; by default one per core that this process may use.
    """
    context = multiprocessing.get_context("fork")
    most = processes or len(os.sched_getaffinity(0))
    waiting = list(reversed(jobs))
    running: dict[Connection, tuple[BaseProcess, Job]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < most:
                job = waiting.pop()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(work, job, sender, os.getpid()), daemon=True)
                process.start()
                sender.close()
                running[receiver] = process, job
            ready = wait(list(running))
            for receiver in [receiver for receiver in running if receiver in ready]:
                ended, job = running.pop(receiver)
                result = None
                with suppress(EOFError):
                    result = receiver.recv()
                receiver.close()
                ended.join()
                yield job, result
    finally:
        for left, _ in running.values():
            left.kill()
            left.join()


def _child(work: Callable[[Job], Result], job: Job, sender: Connection, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with(parent)
    sender.send(work(job))
    sender.close()


def _end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone, even by SIGKILL (Linux, ``prctl(2)``)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the call
        os._exit(1)
