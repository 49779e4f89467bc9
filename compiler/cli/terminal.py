"""Tables on standard output, drawn by rich: with rules and bold type on a screen, plain aligned text in a pipe."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from bxnn.compiler.report.table import Table

if TYPE_CHECKING:
    from rich.box import Box
    from rich.table import Table as RichTable

_NO_END = 1 << 16  # columns of a line that is never wrapped


def print_table(table: Table) -> None:
    """Print a table; on a screen it is fitted to the width, and NO_COLOR and TERM=dumb have their usual meaning."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.text import Text

    if sys.stdout.isatty():
        drawn = _drawn(table, SIMPLE_HEAD)
        drawn.title, drawn.title_justify = Text(table.title, style="bold"), "left"
        Console().print(drawn)
    else:
        sys.stdout.write(plain(table) + "\n")


def plain(table: Table) -> str:
    """The table as aligned text, one line per row however long; an empty header is left out."""
    from rich.console import Console

    lines = io.StringIO()
    console = Console(file=lines, width=_NO_END, color_system=None, force_terminal=False)
    console.print(_drawn(table, None))
    return "\n".join([table.title, *(line.rstrip() for line in lines.getvalue().splitlines())])


def _drawn(table: Table, box: Box | None) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    padding = (0, 1) if box else (0, 2, 0, 0)
    drawn = RichTable(box=box, padding=padding, pad_edge=box is not None, show_header=any(table.header))
    for name in table.header:
        drawn.add_column(Text(name), overflow="fold")  # nothing is cut off
    for row in table.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn
