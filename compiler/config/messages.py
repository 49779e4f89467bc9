"""Turns the errors that pydantic finds in design.yaml into a line each, subject first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bxnn.compiler.errors import ConfigError, InputError, all_of
from bxnn.compiler.nearest import unknown

_LONGEST = 60


def all_problems(subject: str, model: type[BaseModel], error: ValidationError) -> InputError:
    """Everything that is wrong: unknown keys first, those of the file itself before those of its sections.

    A key that is missing is not reported where another one is unknown: it may be the same key, misspelled.

    Args:
        subject: Name of the file.
        model: Schema of the file; every field has a description of its allowed values.
        error: Errors found by the schema.
    """
    found = sorted(error.errors(), key=lambda item: (item["type"] != "extra_forbidden", len(item["loc"])))
    sections = {item["loc"][:-1] for item in found if item["type"] == "extra_forbidden"}
    told = [item for item in found if item["type"] != "missing" or item["loc"][:-1] not in sections]
    return all_of([_problem(subject, model, item) for item in told])


def _problem(subject: str, model: type[BaseModel], problem: Mapping[str, Any]) -> ConfigError:
    path = tuple(str(part) for part in problem["loc"])
    where = ": ".join([subject, *(part[:_LONGEST] for part in path)])
    if problem["type"] == "extra_forbidden":
        parent = ": ".join([subject, *path[:-1]])
        known = _section(_place(model, path[:-1]).annotation)
        return ConfigError(parent, f"key {_shown(path[-1])} {unknown(path[-1], known)}")
    place = _place(model, path)
    if problem["type"] == "missing":
        return ConfigError(where, f"is missing; it takes {place.takes}")
    if problem["type"] == "value_error":
        return ConfigError(where, str(problem["ctx"]["error"]))
    value, reason = problem["input"], f"is not {place.takes}"
    if problem["type"] == "literal_error" and isinstance(value, str):
        reason = unknown(value, _choices(place.annotation), reason)
    return ConfigError(where, f"{_shown(value)} {reason}")


class _Place(NamedTuple):
    """Where a path leads in the schema: the type there and its allowed values in words."""

    annotation: Any
    takes: str


def _place(model: type[BaseModel], path: Sequence[str]) -> _Place:
    place = _Place(model, "a mapping")
    for key in path:
        fields = _section(place.annotation)
        if key.isdigit() and get_origin(place.annotation) is tuple:
            continue  # an element of a list takes what the list takes
        if key in fields:
            field = fields[key]
            place = _Place(field.annotation, field.description or _described(field.annotation))
        else:  # an entry of a mapping whose keys the user chooses
            entry = get_args(place.annotation)[1]
            place = _Place(entry, _described(entry))
    return place


def _section(annotation: Any) -> Mapping[str, FieldInfo]:
    """Fields of the section that an annotation stands for, or none."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel) and get_origin(annotation) is not dict:
            return part.model_fields
    return {}


def _described(annotation: Any) -> str:
    """The description inside ``Annotated[...]``, through ``| None``."""
    for part in (annotation, *get_args(annotation)):
        for metadata in getattr(part, "__metadata__", ()):
            if isinstance(metadata, FieldInfo) and metadata.description:
                return metadata.description
    return f"a mapping of {', '.join(_section(annotation))}"


def _choices(annotation: Any) -> list[str]:
    """The texts that a ``Literal`` inside the annotation allows."""
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _shown(value: Any) -> str:
    """A value as shown in an error: short, whatever it is."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
