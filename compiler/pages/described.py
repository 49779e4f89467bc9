"""Prose of a class: its summary, and its attributes as its docstring explains them."""

from __future__ import annotations

import inspect
import re

_ATTRIBUTE = re.compile(r"^    (\w+): (.*)$")


def summary_of(cls: type) -> str:
    """Everything before the section ``Attributes``, as one paragraph per paragraph."""
    text = inspect.getdoc(cls) or ""
    return text.split("\nAttributes:")[0].strip()


def attributes_of(cls: type) -> dict[str, str]:
    """What the docstring says of each attribute."""
    _, _, section = (inspect.getdoc(cls) or "").partition("\nAttributes:\n")
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        match = _ATTRIBUTE.match(line)
        if match is not None:
            name = match[1]
            found[name] = match[2]
        elif name and line.startswith("        "):
            found[name] += f" {line.strip()}"
    return found


def cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("``", "`").replace("|", "\\|")
