"""A table of the report, in whatever form it is shown: Markdown, HTML or text in the terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONG, _GAP, _NARROW = 20, 2, 66  # letters
_UNCUT = 14  # letters of a word that stays whole


@dataclass(frozen=True)
class Table:
    """A table of strings.

    Attributes:
        title: Heading.
        header: Names of the columns.
        rows: Cells, as many per row as there are columns.
        note: What holds for all of them: units, sources.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def is_wide(self) -> bool:
        """Whether the columns, broken between words, do not fit side by side on a page of 600 pixels."""
        columns = zip(*(row for row in (self.header, *self.rows)), strict=True)
        return sum(max(map(_letters, column)) + _GAP for column in columns) > _NARROW


def is_long(cell: str) -> bool:
    """Whether a cell has a word that may be broken: a hash, a name in the netlist, but no picture made of letters."""
    return any(len(word) > _LONG and word.isascii() for word in cell.split())


def is_picture(cell: str) -> bool:
    """Whether a cell is a picture made of letters, which stays on a line."""
    return any(len(word) > _LONG and not word.isascii() for word in cell.split())


def pieces(cell: str) -> list[str]:
    """The cell, cut after the separators of its long words, where a line may end."""
    found = [""]
    for word in re.split("(?<= )", cell):
        first, *rest = re.split("(?<=[._/])(?=[A-Za-z])", word) if len(word) > _UNCUT else [word]
        found[-1] += first
        found += rest
    return found


def _letters(cell: str) -> int:
    """Of the longest piece that stays on a line."""
    return max((min(len(word), _LONG) if word.isascii() else len(word) for word in cell.split()), default=0)
