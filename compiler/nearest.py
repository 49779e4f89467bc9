"""Hints for unknown names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80  # difflib needs quadratic time


def unknown(name: str, known: Iterable[str], problem: str = "is unknown") -> str:
    """What is wrong with a name, and the known one that may be meant: ``is unknown; did you mean 'x'?``.

    Args:
        name: As spelled by the user.
        known: What it might have been.
        problem: What is wrong with the name; by default, that it is unknown.
    """
    choice = nearest(name, known)
    return f"{problem}; there are none" if choice is None else f"{problem}; did you mean {choice!r}?"


def nearest(name: str, choices: Iterable[str], least: float = 0.0) -> str | None:
    """The choice most like ``name``, by default however unlike; ``None`` if there is none.

    Case and punctuation count little: ``AP_SAT`` is nearest to ``SAT``. ``least`` is the likeness that counts, up to 1.
    """
    by_lower = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    found = get_close_matches(name[:_LONGEST].lower(), list(by_lower), 1, least)
    return by_lower[found[0]] if found else None
