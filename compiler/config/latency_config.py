"""`latency:` of design.yaml: the latency to which results are delayed."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bxnn.compiler.config.section import Section

MAX_LATENCY = 65536
_Latency = Annotated[int, Field(ge=1, le=MAX_LATENCY, description=f"an integer from 1 to {MAX_LATENCY}")]


class LatencyConfig(Section):
    """One of two units.

    Attributes:
        cycles: Clock cycles from ``in_valid`` to ``out_valid``.
        bx: The same in bunch crossings, for a clock of a whole number of cycles per crossing.
    """

    cycles: _Latency | None = None
    bx: _Latency | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if (self.cycles is None) == (self.bx is None):
            given = "neither" if self.cycles is None else "both"
            raise ValueError(f"has {given} of cycles and bx; write one, such as {{bx: 6}}")
        return self
