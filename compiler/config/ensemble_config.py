"""`ensemble:` of design.yaml: networks with other weights that see the same events."""

from __future__ import annotations

from pydantic import Field

from bxnn.compiler.config.section import Section

MAX_MEMBERS = 64


class EnsembleConfig(Section):
    """How many networks there are.

    Attributes:
        members: Networks of the same layers, each from its own model file.
        cores: How many there are. Members take equal turns on each, which has a set of weights for each of its
            members; ``None`` is one for each member.
    """

    members: int = Field(ge=2, le=MAX_MEMBERS, description=f"an integer from 2 to {MAX_MEMBERS}")
    cores: int | None = Field(default=None, ge=1, le=MAX_MEMBERS, description=f"an integer from 1 to {MAX_MEMBERS}")

    @property
    def turns(self) -> int:
        """Members that share a core."""
        return self.members // (self.cores or self.members)
