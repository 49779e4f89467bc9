"""Figures that are written on pages, and how they differ from those of today's bxnn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_ANY = "…"  # in a passage: what is not computed here


@dataclass(frozen=True)
class Line:
    """A row of a table.

    Attributes:
        page: Path from the top of the repository.
        key: Its first cells, by which it is found; what is in parentheses at the end of one may have changed.
        cells: Those that follow; ``None`` for what is not computed here.
    """

    page: str
    key: tuple[str, ...]
    cells: tuple[str | None, ...]

    def wrong(self, text: str) -> str | None:
        """What differs on the page; ``None`` if nothing does."""
        rows = [row for line in text.splitlines() if self._is(row := cells_of(line))]
        if len(rows) != 1:
            return f"{self.page}: {len(rows)} rows begin with {' | '.join(self.key)}"
        today = self._today(rows[0])
        return None if rows[0] == today else f"{self.page}: {' | '.join(rows[0])}: today {' | '.join(today)}"

    def mended(self, text: str) -> str:
        """The page with the figures of today, if it has the row."""
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if self._is(row := cells_of(line)):
                lines[number] = "| " + " | ".join(self._today(row)) + " |"
        return "\n".join(lines)

    def _is(self, cells: tuple[str, ...]) -> bool:
        named = tuple(map(_named, cells[: len(self.key)])) == tuple(map(_named, self.key))
        return named and len(cells) == len(self.key) + len(self.cells)

    def _today(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        told = zip(self.cells, cells[len(self.key) :], strict=True)
        return (*self.key, *(old if own is None else own for own, old in told))


@dataclass(frozen=True)
class Passage:
    """A part of a sentence, which is mended by hand.

    Attributes:
        page: Path from the top of the repository.
        text: Its words; ``…`` stands for any others in the same sentence.
    """

    page: str
    text: str

    def wrong(self, text: str) -> str | None:
        """What is not on the page; ``None`` if it is."""
        pattern = r"[^|\n]*?".join(map(re.escape, self.text.split(_ANY)))
        return None if re.search(pattern, " ".join(text.split())) else f"{self.page}: does not say: {self.text}"

    def mended(self, text: str) -> str:
        """The page as it is."""
        return text


Written = Line | Passage
Computed = Callable[[Path], Sequence[Written]]


def row(page: str, text: str, key: int, *unknown: int) -> Line:
    """A row as a page writes it.

    Args:
        page: As in `Line`.
        text: The row.
        key: How many cells it is found by.
        unknown: Cells that are not computed here, counted from the first one of the row.
    """
    cells = cells_of(text)
    own = [None if place in unknown else cell for place, cell in enumerate(cells)]
    return Line(page, cells[:key], tuple(own[key:]))


def differences(written: Sequence[Written]) -> list[str]:
    """All that differs, one line each."""
    found = (each.wrong((ROOT / each.page).read_text(encoding="utf-8")) for each in written)
    return [line for line in found if line is not None]


def mend(written: Sequence[Written]) -> None:
    """Write the figures of today."""
    for each in written:
        path = ROOT / each.page
        before = path.read_text(encoding="utf-8")
        after = each.mended(before)
        if each.wrong(before) is not None and after != before:
            path.write_text(after, encoding="utf-8")


def _named(cell: str) -> str:
    return re.sub(r" \(.*\)$", "", cell)


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of a line of a table; none of any other line."""
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|")) if line.startswith("|") else ()
