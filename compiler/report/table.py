"""A table of the report, whatever it is shown as: Markdown, HTML or text in the terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title: Heading.
        header: Names of the columns.
        rows: Cells, as many per row as there are columns.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
