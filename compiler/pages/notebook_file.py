"""A page of the documentation as a Jupyter notebook: its text, and its blocks of shell and Python as cells."""

from __future__ import annotations

import json
import re
from typing import Any

_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)


def notebook_text(page: str) -> str:
    """The notebook as JSON.

    Args:
        page: The page as Markdown; lines of shell become ``!`` lines.

    Source: the notebook format 4.5, nbformat.readthedocs.io.
    """
    cells: list[dict[str, Any]] = []
    end = 0
    for match in _BLOCK.finditer(page):
        cells += _text(page[end : match.start()], len(cells))
        lines = match[2].rstrip("\n").split("\n")
        source = [f"!{line}" for line in lines] if match[1] == "sh" else lines
        code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
        cells.append({**code, "id": f"c{len(cells)}", "metadata": {}, "source": "\n".join(source)})
        end = match.end()
    cells += _text(page[end:], len(cells))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1) + "\n"


def _text(text: str, number: int) -> list[dict[str, Any]]:
    stripped = text.strip()
    cell = {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": stripped}
    return [cell] if stripped else []
