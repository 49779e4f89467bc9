"""The Jinja environment of every template: VHDL, C++ and the report's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def template_environment(*folders: Path, functions: Mapping[str, Any] | None = None, html: bool = False) -> Environment:
    """An environment in which a value that is missing is an error, and lines of statements leave no trace.

    Args:
        *folders: Where templates are looked for, the first one first.
        functions: What templates may call, by name.
        html: Whether values are escaped for a page.
    """
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(functions or {})
    return environment
