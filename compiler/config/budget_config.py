"""`budget:` of design.yaml: limits on the design."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bxnn.compiler.config.section import Section

_Size = Annotated[int, Field(ge=0, le=1 << 31, description="an integer of at least 0")]


class Budget(Section):
    """Upper limits on the design; ``None`` means no limit.

    Attributes:
        dsp: DSP slices.
        lut: Look-up tables.
        latency_ns: Nanoseconds from ``in_valid`` to ``out_valid``.
    """

    dsp: _Size | None = None
    lut: _Size | None = None
    latency_ns: float | None = Field(default=None, gt=0, le=1e9, description="a positive number of nanoseconds")
