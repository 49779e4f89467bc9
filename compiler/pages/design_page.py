"""The reference of design.yaml, from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.pages.described import attributes_of, cell, summary_of


def design_page() -> str:
    """A table of all keys, and one for each section below them."""
    parts = [
        "# design.yaml",
        "`bxnn init MODEL` writes a file to begin with. Every key but `initiation_interval` may be left out.",
    ]
    for title, model in _sections("", DesignConfig):
        parts += [f"## {title or 'Keys'}", _prose(summary_of(model)), _table(model)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _prose(text: str) -> str:
    return text.replace("``", "`")


def _sections(title: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The sections of the file, each after the one that it is in."""
    yield title, model
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                entry = f"{name}: LAYER" if name == "layers" else name
                yield from _sections(f"{title}: {entry}" if title else entry, part)


def _table(model: type[BaseModel]) -> str:
    prose = attributes_of(model)
    rows = [
        f"| `{name}` | {cell(_takes(field))} | {cell(_default(field))} | {cell(prose.get(name, ''))} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["| key | takes | default | what it does |", "|---|---|---|---|", *rows])


def _takes(field: FieldInfo) -> str:
    """The allowed values, as an error message names them."""
    if field.description:
        return field.description
    for part in (field.annotation, *get_args(field.annotation)):
        for extra in getattr(part, "__metadata__", ()):
            if isinstance(extra, FieldInfo) and extra.description:
                return extra.description
    for extra in field.metadata:
        if isinstance(extra, FieldInfo) and extra.description:
            return extra.description
    return "a mapping, see below"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if field.is_required():
        return "needed"
    if value is None or isinstance(value, BaseModel) or value == {}:
        return "none"
    return f"`{value if isinstance(value, str) and value else json.dumps(value)}`"
