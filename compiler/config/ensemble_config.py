"""`ensemble:` of design.yaml: networks with other weights that see the same events."""

from __future__ import annotations

from pydantic import Field

from bxnn.compiler.config.section import Section

MAX_MEMBERS = 64


class EnsembleConfig(Section):
    """How many networks there are.

    Attributes:
        members: Networks of the same layers, each from its own model file.
    """

    members: int = Field(ge=2, le=MAX_MEMBERS, description=f"an integer from 2 to {MAX_MEMBERS}")
