"""A delay table that is a multiple of another one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bxnn.compiler.sourced import Mark, Origin, Sourced


class Scale(BaseModel):
    """Another table and the factor on its delays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str = Field(description="the name of a table")
    factor: float = Field(gt=0, description="a positive number")
    origin: Origin


def scaled(table: BaseModel, scale: Scale) -> dict[str, Any]:
    """All groups of delays of a table times the factor; bit counts are unchanged."""
    groups: dict[str, Any] = {}
    for name in type(table).model_fields:
        group = getattr(table, name)
        if isinstance(group, Sourced):
            numbers = group.model_dump(exclude={"origins"}).items()
            values = {key: value * scale.factor if isinstance(value, float) else value for key, value in numbers}
            origins = {key: _scaled_origin(origin, scale) for key, origin in group.origins.items()}
            groups[name] = values | {"origins": origins}
    return groups


def _scaled_origin(origin: Origin, scale: Scale) -> dict[str, str]:
    mark: Mark = "memory" if origin.mark == "memory" else scale.origin.mark
    return {"mark": mark, "source": f"{origin.source}; times {scale.factor:g}: {scale.origin.source}"}
