"""What ``bxnn prove`` found out; ``None`` in the report until then."""

from __future__ import annotations

from enum import Enum

from bxnn.compiler.report.part import Part


class WhyNotProven(Enum):
    """Why the network as a whole was not tried."""

    WIDE_INPUT = "wide_input"
    STREAMING = "streaming"
    HISTORY = "history"
    PRIMITIVES = "primitives"
    LOADED_WEIGHTS = "loaded_weights"


class EntityProof(Part):
    """One case of a library entity against its specification.

    ``cycles`` is the number of clock cycles for which all input sequences are covered, ``None`` for all time.
    ``any_state`` says whether the registers may hold anything at the beginning.
    """

    entity: str
    case: str
    cycles: int | None
    any_state: bool
    proven: bool
    seconds: float


class NetworkProof(Part):
    """The top entity against the reference, for all events and all time.

    ``events`` is the number of different events. ``why_not`` says why it was not tried: then the rest is ``None``.
    """

    why_not: WhyNotProven | None = None
    events: int | None = None
    proven: bool | None = None
    seconds: float | None = None


class OverflowCertificate(Part):
    """Bounds of every accumulator in ``file``, computed again from the constants of the VHDL.

    ``problem`` is the first that does not hold.
    """

    file: str
    layers: int
    accumulators: int
    holds: bool
    problem: str | None
    seconds: float


class Proofs(Part):
    """All proofs of a build.

    ``unproven`` are library entities that were left out, since they instantiate primitives.
    """

    passed: bool
    seconds: float
    entities: tuple[EntityProof, ...]
    unproven: tuple[str, ...]
    network: NetworkProof
    certificate: OverflowCertificate
