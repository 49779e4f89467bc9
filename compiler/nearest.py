"""Hints for unknown names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80  # difflib needs quadratic time


def unknown(
    name: str, known: Iterable[str], problem: str = "is unknown", least: float = 0.0, otherwise: str = "there are none"
) -> str:
    """What is wrong with a name, and the known one that may be meant: ``is unknown; did you mean 'x'?``.

    Args:
        name: As spelled by the user.
        known: What it might have been.
        problem: What is wrong with the name; by default, that it is unknown.
        least: The likeness of a name that may be meant, up to 1.
        otherwise: What to say if there is no such name.
    """
    choice = nearest(name, known, least)
    return f"{problem}; {otherwise}" if choice is None else f"{problem}; did you mean {choice!r}?"


def nearest(name: str, choices: Iterable[str], least: float = 0.0) -> str | None:
    """The choice most like ``name``, by default however unlike; ``None`` if there is none.

    Case and punctuation count little: ``AP_SAT`` is nearest to ``SAT``. ``least`` is the likeness that counts, up to 1.
    """
    by_lower = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    found = get_close_matches(name[:_LONGEST].lower(), list(by_lower), 1, least)
    return by_lower[found[0]] if found else None
