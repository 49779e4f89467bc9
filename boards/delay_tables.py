"""Reads the delay tables of a device family, one YAML file for each speed grade.

A table may be another one times a factor, with its own clock limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bxnn.boards.scaled_table import Scale, scaled
from bxnn.compiler.config.messages import all_problems
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.delays.delay_table import DelayTable

_FOLDER = Path(__file__).resolve().parent / "delays"


def delay_table_names() -> tuple[str, ...]:
    """Names of all tables, family and speed grade joined by a hyphen, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def speed_grades(family: str) -> tuple[str, ...]:
    """Speed grades of a family for which there is a table."""
    parts = (name.rsplit("-", 1) for name in delay_table_names())
    return tuple(grade for found, grade in parts if found == family)


@cache
def load_delays(family: str, speed_grade: str) -> DelayTable:
    """The table of a family and speed grade.

    Raises:
        ConfigError: If there is none, naming those that exist, or if its file is wrong.
    """
    known = speed_grades(family)
    if speed_grade not in known:
        listed = ", ".join(f"-{grade}" for grade in known) or "none"
        raise ConfigError(f"speed grade -{speed_grade} of {family}", f"has no known clock limits; {listed} have")
    return read_delays(_FOLDER / f"{family}-{speed_grade}.yaml")


def read_delays(path: Path) -> DelayTable:
    """The table of a YAML file.

    Raises:
        ConfigError: Naming the number that is missing, has no source or is wrong.
    """
    subject = f"boards/delays/{path.name}"
    raw = read_mapping(path, subject)
    try:
        table = DelayTable.model_validate(_complete(raw))
    except ValidationError as error:
        raise all_problems(subject, DelayTable, error) from error
    if table.name != path.stem:
        raise ConfigError(subject, f"is for {table.name}; family and speed grade must match the file name")
    return table


def _complete(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The data, with everything taken from another table filled in."""
    if "scale_of" not in raw:
        return dict(raw)
    scale = Scale.model_validate(raw["scale_of"])
    base = load_delays(*scale.table.rsplit("-", 1))
    if base.fabric is None:
        raise ConfigError(f"boards/delays/{scale.table}.yaml", "has no delays that another table could scale")
    own = {key: value for key, value in raw.items() if key != "scale_of"}
    return {**own, "sources": {**base.sources, **raw.get("sources", {})}, "fabric": scaled(base.fabric, scale)}
