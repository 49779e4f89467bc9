"""`reset:` of design.yaml: the kind of reset at the port."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bxnn.compiler.config.section import Section


class ResetConfig(Section):
    """By default the reset of everything inside: synchronous, active high.

    Attributes:
        active: Level at which the reset is active.
        asynchronous: Whether it comes without the clock; it is then released with the clock, two cycles later.
    """

    active: Literal["high", "low"] = Field(default="high", description="high or low")
    asynchronous: bool = Field(default=False, description="true or false")
