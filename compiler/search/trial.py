"""The record of one trial: what a proposed network was predicted to cost, what it costs, and how good it is."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.sweep.point import Design


class Outcome(StrEnum):
    """How a trial ended."""

    PRICED = "priced"  # its cost was asked for, and meets the budget
    REFUSED = "refused"  # before training: no schedule within the budget and the clock
    MISSED = "missed"  # trained, but no schedule with the trained weights
    DONE = "done"
    FAILED = "failed"  # its process died, again and again


class Trial(BaseModel):
    """A finished trial.

    Attributes:
        candidate: The network.
        epochs: Of its training at most; 0 if only its cost was asked for.
        seed: Of its training.
        outcome: How it ended.
        reason: Why there is no schedule; ``None`` if there is one.
        macs: Multiplications per event, zeros included.
        predicted: What it costs with drawn weights; ``None`` if refused.
        final: What it costs with its trained weights; ``None`` if there are none, or no schedule, or as long as it is
            not on the front.
        objective: Of the firmware on the validation events; ``None`` if not trained.
        loss: What the search makes small: the objective, or what it lacks to 1.
        error: Statistical error of it.
        float_objective: Of the float network on the same events.
        losses: Mean loss of the training events, by epoch.
        scores: Objective of the float network on the validation events, by epoch.
        best: Epoch from which the weights are.
        schedule_seconds: For both schedules.
        train_seconds: For the training.
        seconds: For everything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    candidate: Candidate
    epochs: int
    seed: int
    outcome: Outcome
    reason: str | None = None
    macs: int
    predicted: Design | None = None
    final: Design | None = None
    objective: float | None = None
    loss: float | None = None
    error: float | None = None
    float_objective: float | None = None
    losses: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()
    best: int | None = None
    schedule_seconds: float
    train_seconds: float = 0.0
    seconds: float

    @property
    def cost(self) -> Design:
        """What is known of its cost: with its trained weights, or the prediction."""
        known = self.final or self.predicted
        assert known is not None
        return known

    @property
    def key(self) -> str:
        """Name of its files: another one for every network, length and seed of the training."""
        return trial_key(self.candidate, self.epochs, self.seed)


def trial_key(candidate: Candidate, epochs: int, seed: int) -> str:
    """Name of the files of a trial."""
    return f"{candidate.key}_{epochs}_{seed}"
