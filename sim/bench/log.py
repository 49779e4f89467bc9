"""The line of a tool's log that says what went wrong."""

from __future__ import annotations

import re
from pathlib import Path

_TELLING = (
    re.compile(r"assertion (failure|error)|\((report|assertion) (failure|error)\)", re.IGNORECASE),
    re.compile(r"AssertionError|^%Error|\berror\b|unhandled|bug occurred", re.IGNORECASE),
    re.compile(r":\d+:\d+:|Traceback|Segmentation|No such file", re.IGNORECASE),
)
_HARMLESS = re.compile(r":note:|:warning:|%Warning|^\s*(\^|\|)")
_LONGEST = 400


def telling_line(text: str) -> str:
    """The first line that names an error, or the last one that is not empty."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _HARMLESS.search(line)]
    for pattern in _TELLING:
        for line in lines:
            if pattern.search(line):
                return line[:_LONGEST]
    return lines[-1][:_LONGEST] if lines else "no message"


def failure(problem: str, log: Path) -> str:
    """``problem``, with the tool's own words and where to read the rest."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return f"{problem}: {telling_line(text)} (log: {log})"
