"""A design of the front: compiled, verified, and judged as firmware on events that the search never saw."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.sweep.point import Design


class FigureFacts(BaseModel):
    """A number with its statistical error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    error: float


class VerifiedEngine(BaseModel):
    """An engine that agrees with the reference in every bit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str
    events: int


class FrontDesign(BaseModel):
    """A design of the front.

    Attributes:
        name: Name of its folder in ``designs``.
        trial: Key of its trial.
        candidate: The network.
        description: The same in words.
        epochs: Of its training at most.
        seed: Of its training.
        macs: Multiplications per event, zeros included.
        validation: The objective of the firmware on the events by which it was chosen.
        test: The same on events that the search never saw.
        predicted: What it was predicted to cost before it was trained.
        final: What it costs, as in the report of its build.
        period_ns: Period of the clock.
        worst_path_ns: Its slowest path; ``None`` if the delays of the device are not known.
        verified: Engines that agree.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    trial: str
    candidate: Candidate
    description: str
    epochs: int
    seed: int
    macs: int
    validation: FigureFacts
    test: FigureFacts
    predicted: Design
    final: Design
    period_ns: float
    worst_path_ns: float | None
    verified: tuple[VerifiedEngine, ...]
