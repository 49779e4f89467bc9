"""The nearest match to a misspelled name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80  # difflib needs quadratic time


def nearest(name: str, choices: Iterable[str]) -> str:
    """The choice most like ``name``, however unlike; there must be at least one.

    Case and punctuation count little: ``AP_SAT`` is nearest to ``SAT``.
    """
    by_lower = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    return by_lower[get_close_matches(name[:_LONGEST].lower(), list(by_lower), 1, 0.0)[0]]
