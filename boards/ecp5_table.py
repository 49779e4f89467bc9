"""Reads the delays of an ECP5 in one speed grade; the check of the timing analysis against nextpnr uses them."""

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
from bxnn.compiler.hardware.delays.ecp5_delays import Ecp5Delays

_FOLDER = Path(__file__).resolve().parent / "delays" / "ecp5"
ECP5_GRADES = ("6", "7", "8")


@cache
def load_ecp5_delays(speed_grade: str) -> Ecp5Delays:
    """The table of a speed grade.

    Raises:
        ConfigError: If there is none, or its file is wrong.
    """
    if speed_grade not in ECP5_GRADES:
        raise ConfigError(f"speed grade -{speed_grade} of ecp5", f"is unknown; there are {', '.join(ECP5_GRADES)}")
    subject = f"boards/delays/ecp5/{speed_grade}.yaml"
    raw = read_mapping(_FOLDER / f"{speed_grade}.yaml", subject)
    try:
        return Ecp5Delays.model_validate(_complete(raw))
    except ValidationError as error:
        raise all_problems(subject, Ecp5Delays, error) from error


def _complete(raw: Mapping[str, Any]) -> dict[str, Any]:
    if "scale_of" not in raw:
        return dict(raw)
    scale = Scale.model_validate(raw["scale_of"])
    base = load_ecp5_delays(scale.table)
    return {"speed_grade": raw["speed_grade"], "sources": base.sources, **scaled(base, scale)}
