"""What all sections of design.yaml have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of all sections: no unknown keys, no silent conversions; every field describes its allowed values."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
