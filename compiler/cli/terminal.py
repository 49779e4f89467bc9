"""Tables on the terminal: drawn by rich on a screen, plain aligned text in a pipe."""

from __future__ import annotations

import sys

from bxnn.compiler.report.table import Table


def print_table(table: Table) -> None:
    """Print a table to standard output."""
    if sys.stdout.isatty():
        _print_rich(table)
    else:
        sys.stdout.write(plain(table) + "\n")


def plain(table: Table) -> str:
    """The table as aligned text without colours or boxes; an empty header is left out."""
    rows = [table.header, *table.rows] if any(table.header) else list(table.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([table.title, *lines])


def _print_rich(table: Table) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(title=Text(table.title, style="bold"), box=SIMPLE_HEAD, title_justify="left")
    for name in table.header:
        drawn.add_column(Text(name))
    for row in table.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)
