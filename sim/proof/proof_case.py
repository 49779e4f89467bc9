"""What is proven of an entity: its generics, for how long, and from which states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bxnn.sim.proof.generic_value import GenericValue

MOST_STEPS = 60  # of an induction


@dataclass(frozen=True)
class ProofCase:
    """One configuration of an entity.

    Attributes:
        entity: Name of the entity.
        generics: Values of its generics; the specification has parameters of the same names.
        cycles: Number of clock cycles for which all input sequences are covered; ``None`` for all time, by induction.
        any_state: Whether registers may hold anything at the beginning; else they hold what they have after power-up.
        assumed: Parameters of the specification alone: sizes of what it assumes of its inputs.
        label: Tells the case from others of the entity.
        leaves_nothing: Whether the entity, which has no outputs, must disappear in synthesis; nothing else is proven.
        slow: Whether the proof takes more than some seconds.
        nightly: Whether it takes a minute: the nightly tests run it.
        driven: Ports with a default that the specification drives; the others have their defaults.
    """

    entity: str
    generics: Mapping[str, GenericValue] = field(default_factory=dict)
    cycles: int | None = None
    any_state: bool = False
    assumed: Mapping[str, GenericValue] = field(default_factory=dict)
    label: str = ""
    leaves_nothing: bool = False
    slow: bool = False
    nightly: bool = False
    driven: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name that a file can have."""
        return f"{self.entity}-{self.label}" if self.label else self.entity
