"""Numbers with their source, and how reliable it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Mark = Literal["read", "ran", "derived", "memory"]
Ns = Annotated[float, Field(description="a number of ns")]
Mhz = Annotated[float, Field(gt=0, description="a positive number of MHz")]

_SHARED = ("mark", "source")


class Origin(BaseModel):
    """The origin of a number.

    Attributes:
        source: A document, or the key of one.
        mark: ``read`` in the source, ``ran`` (fitted or measured), ``derived`` from read values, or ``memory``:
            believed, no source found.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1, description="a text")
    mark: Mark = Field(default="read", description="read, ran, derived or memory")


class Sourced(BaseModel):
    """Numbers as a file writes them, ``{value: 0.1, mark: read, source: RW}`` each.

    ``mark`` and ``source`` next to the numbers apply to all that have none themselves. Keys in ``PLAIN`` need
    no source.

    Attributes:
        origins: Origin of each number in the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    PLAIN: ClassVar[frozenset[str]] = frozenset()

    origins: dict[str, Origin]

    @model_validator(mode="before")
    @classmethod
    def _split(cls, raw: Any) -> Any:
        """Numbers separated from their origins."""
        if not isinstance(raw, Mapping) or "origins" in raw:
            return raw
        shared = {key: raw[key] for key in _SHARED if key in raw}
        values: dict[str, Any] = {}
        origins: dict[str, Any] = {}
        for key in [each for each in raw if each not in shared]:
            values[key] = entry = raw[key]
            if key in cls.PLAIN or key not in cls.model_fields:
                continue
            own = dict(entry) if isinstance(entry, Mapping) else {"value": entry}
            values[key] = own.pop("value", None)
            origins[key] = shared | own
            if values[key] is None or not origins[key].keys() <= set(_SHARED) or "source" not in origins[key]:
                raise ValueError(f"{key} is not of the form {{value: ..., source: ...}}")
        return values | {"origins": origins}

    def assumed(self) -> tuple[str, ...]:
        """The numbers for which no source was found."""
        return tuple(name for name, origin in self.origins.items() if origin.mark == "memory")
