"""sweep.yaml: a design.yaml in which any key may have a list of values; every combination is a point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.config.design_config import DesignConfig, check_config
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.plural import counted

SUBJECT = "sweep.yaml"

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class SweepConfig:
    """The points of a sweep.

    Attributes:
        swept: Paths of the keys that have lists, in the order of the file: ``("budget", "dsp")``.
        points: One checked configuration per combination; the last swept key changes fastest.
    """

    swept: tuple[KeyPath, ...]
    points: tuple[DesignConfig, ...]


def load_sweep(path: Path) -> SweepConfig:
    """Read sweep.yaml.

    Raises:
        ConfigError: Naming the key that is wrong and its allowed values, or the nearest key if it is unknown; each
            value of a list is checked as in design.yaml.
    """
    return check_sweep(read_mapping(path, SUBJECT), path.parent)


def check_sweep(raw: Mapping[str, Any], folder: Path | None = None) -> SweepConfig:
    """The sweep of a mapping, checked.

    Args:
        raw: The contents of the file.
        folder: Where the file is, from which the names of ``formats`` are looked up; the current one by default.

    Raises:
        ConfigError: As ``load_sweep``.
    """
    axes = dict(_axes(raw, ()))
    for path, values in axes.items():
        _check_axis(": ".join((SUBJECT, *path)), values)
    count = prod(len(values) for values in axes.values())
    if count > limits.SWEEP_POINTS:
        raise ConfigError(
            SUBJECT,
            f"has {counted(count, 'point')}, but at most {limits.SWEEP_POINTS} are supported; shorten its lists",
        )
    points = tuple(
        check_config(_with(raw, dict(zip(axes, values, strict=True))), SUBJECT, folder) for values in _grid(axes)
    )
    return SweepConfig(tuple(axes), points)


def _axes(section: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, list[Any]]]:
    for key, value in section.items():
        if isinstance(value, list):
            yield (*path, key), value
        elif isinstance(value, Mapping):
            yield from _axes(value, (*path, key))


def _check_axis(subject: str, values: list[Any]) -> None:
    if not values:
        raise ConfigError(subject, "is an empty list; give it a value or remove it")
    for index, value in enumerate(values):
        if any(value == other and type(value) is type(other) for other in values[:index]):
            raise ConfigError(subject, f"contains {value!r} twice; keep one")


def _grid(axes: Mapping[KeyPath, list[Any]]) -> Iterator[tuple[Any, ...]]:
    return product(*axes.values())


def _with(section: Mapping[str, Any], values: Mapping[KeyPath, Any], path: KeyPath = ()) -> dict[str, Any]:
    """The section with each list replaced by the point's value."""
    found = dict(section)
    for key, value in section.items():
        here = (*path, key)
        if here in values:
            found[key] = values[here]
        elif isinstance(value, Mapping):
            found[key] = _with(value, values, here)
    return found
