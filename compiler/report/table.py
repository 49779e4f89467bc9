"""A table of the report, in whatever form it is shown: Markdown, HTML or text in the terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of strings.

    Attributes:
        title: Heading.
        header: Names of the columns.
        rows: Cells, as many per row as there are columns.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
