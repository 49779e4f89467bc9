"""Alignment of emitted VHDL: names differ in length between networks, so templates cannot contain the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

# Left side, separator and rest of a line that is aligned with its neighbours.
_DECLARATION = re.compile(r"( *(?:(?:signal|constant|variable) \w+|\w+)) *(:)(?!=) *((?:in|out|std_\w+|\w+).*)")
_ASSOCIATION = re.compile(r"( *\w+) *(=>) *(\S.*)")
_ASSIGNMENT = re.compile(r"( *\w+) *(<=) *(\S.*)")
_ROW = re.compile(r"( *-?\d.*\S) *(--) (.*)")
_INITIAL = re.compile(r"(.*?\S) *(:=) *(\S.*)")
_COMMENT = re.compile(r"(.*?\S) *(--) (.*)")
_LABEL = re.compile(r" *\w+ : (?:entity|for|if|process)\b")


def in_columns(text: str) -> str:
    """The text with the separators of neighbouring declarations, associations, assignments and rows in one column.

    An empty line, a comment on its own line or a change of indentation starts new columns.
    """
    lines: list[str] = []
    for (pattern, _), group in groupby(text.split("\n"), _kind):
        found = list(group)
        if pattern is not None:
            found = _aligned(found, pattern)
        if pattern is _DECLARATION:
            found = _aligned(_aligned(found, _INITIAL), _COMMENT)
        lines += found
    return "\n".join(lines)


def _kind(line: str) -> tuple[re.Pattern[str] | None, int]:
    """The kind of column a line belongs to, and its indentation."""
    indent = len(line) - len(line.lstrip())
    if not line.lstrip().startswith("--") and _LABEL.match(line) is None:
        for pattern in (_DECLARATION, _ASSOCIATION, _ASSIGNMENT, _ROW):
            if pattern.fullmatch(line):
                return pattern, indent
    return None, indent


def _aligned(lines: Sequence[str], pattern: re.Pattern[str]) -> list[str]:
    """The lines, with all separators moved to the leftmost column that fits all of them."""
    parts = [pattern.fullmatch(line) for line in lines]
    column = max((len(part[1]) for part in parts if part), default=0)
    pairs = zip(lines, parts, strict=True)
    return [f"{part[1]:<{column}} {part[2]} {part[3]}" if part else line for line, part in pairs]
