"""What a long command is doing: it names each stage as it begins, and whoever wants to hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LISTENER: ContextVar[Callable[[str], None] | None] = ContextVar("stage_listener", default=None)


def begin_stage(name: str) -> None:
    """A stage begins, and the one before it ends.

    Args:
        name: What is done in it, as shown to users: ``schedule``.
    """
    listener = _LISTENER.get()
    if listener is not None:
        listener(name)


@contextmanager
def heard(listener: Callable[[str], None]) -> Iterator[None]:
    """Let ``listener`` hear of every stage that begins while the context lasts."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
