"""The Jinja environment of all templates: VHDL, C++ and the report page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bxnn.compiler.plural import counted


def template_environment(*folders: Path, functions: Mapping[str, Any] | None = None, html: bool = False) -> Environment:
    """An environment in which a missing value is an error, statement lines leave no trace, and ``counted`` is a filter.

    Args:
        *folders: Where to look for templates, in order.
        functions: Functions available to templates, by name.
        html: Whether values are escaped for HTML.
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
    environment.filters["counted"] = counted
    return environment
