"""Limits of processor time: for a usual machine, and longer where a processor is slower than that.

A limit tells work that takes a moment from work that grows with what a file claims. Virtual machines run the same
Python three to five times slower at some hours than at others, so that seconds alone do not tell one from the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

_ADDITIONS = 500_000
_USUAL_SECONDS = 0.035  # that they take on the machine on which the limits were set
_WORK = compile(f"total = 0\nfor number in range({_ADDITIONS}):\n    total += number", "additions", "exec")


def slowness() -> float:
    """How many times slower this machine is now than a usual one; 1 if it is faster."""
    started = time.process_time()
    exec(_WORK, {})
    return max(1.0, (time.process_time() - started) / _USUAL_SECONDS)


def is_within(seconds: float, limit_seconds: float) -> bool:
    """Whether work took no longer than a limit, on a machine like this."""
    return seconds <= limit_seconds or seconds <= limit_seconds * slowness()


@contextmanager
def at_most(limit_seconds: float) -> Iterator[None]:
    """Fail if the work inside takes more processor time of this process.

    Raises:
        AssertionError: It did.
    """
    started = time.process_time()
    yield
    seconds = time.process_time() - started
    assert is_within(seconds, limit_seconds), f"took {seconds:.2f} s of processor time, the limit is {limit_seconds} s"
