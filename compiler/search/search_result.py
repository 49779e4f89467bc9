"""What a search found, as in front.json."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from bxnn.compiler.plural import counted
from bxnn.compiler.search.front_design import FrontDesign
from bxnn.compiler.search.search_config import SearchConfig
from bxnn.compiler.search.trial import Outcome, Trial


class TrialCounts(BaseModel):
    """How many trials there were.

    Attributes:
        proposed: Networks that were scheduled.
        refused: Those that miss the budget or do not close, and were not trained.
        passed_over: Those that meet the budget, but never were the most promising ones, and were not trained either.
        missed: Those that were trained, but miss it with their trained weights.
        trained: Trainings; one network may be trained several times, longer each time.
        failed: Trials whose process died.
        schedule_seconds: Time that the workers spent on schedules, of all of them together.
        train_seconds: The same for trainings.
        seconds: The same for whole trials.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    proposed: int
    refused: int
    passed_over: int = 0
    missed: int
    trained: int
    failed: int
    schedule_seconds: float
    train_seconds: float
    seconds: float

    @property
    def refused_share(self) -> float:
        """Share of the proposed networks that were refused before training."""
        return self.refused / self.proposed if self.proposed else 0.0


class EventFacts(BaseModel):
    """What is known of the events.

    Attributes:
        shape: Of an event.
        classes: Number of classes; 0 for a regression.
        train: Training events.
        validation: Validation events.
        test: Test events.
        counts: Training events by class; none for a regression.
        means: Subtracted from the features by the host, in row-major order.
        factors: By which it multiplies what is left.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: tuple[int, ...]
    classes: int
    train: int
    validation: int
    test: int
    counts: tuple[int, ...]
    means: tuple[float, ...]
    factors: tuple[float, ...]


class SearchResult(BaseModel):
    """A finished search.

    Attributes:
        schema_version: Of front.json.
        version: Of bxnn.
        config: search.yaml with all defaults.
        events: What is known of the events.
        counts: How many trials there were.
        front: Designs on the front, the best first.
        folder: Where all of it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1
    version: str
    config: SearchConfig
    events: EventFacts
    counts: TrialCounts
    front: tuple[FrontDesign, ...]
    folder: Path = Field(exclude=True)

    def __repr__(self) -> str:
        return f"<bxnn.SearchResult {self.sentence}, in {str(self.folder)!r}>"

    __str__ = __repr__

    @property
    def sentence(self) -> str:
        """The counts in words."""
        own = self.counts
        share = f"{100 * own.refused_share:.0f} %"
        refused = f"{own.refused} of {counted(own.proposed, 'network')} ({share}) refused before training"
        return f"{refused}, {counted(own.trained, 'training')}, {counted(len(self.front), 'design')} on the front"


def counts_of(trials: list[Trial]) -> TrialCounts:
    """The counts of all trials of a search."""
    networks = {trial.candidate.key: trial for trial in trials}
    decided = {trial.candidate.key for trial in trials if trial.outcome is not Outcome.PRICED}
    outcomes = [trial.outcome for trial in trials]
    trained = outcomes.count(Outcome.DONE) + outcomes.count(Outcome.MISSED)
    return TrialCounts(
        proposed=len(networks),
        refused=sum(trial.outcome is Outcome.REFUSED for trial in networks.values()),
        passed_over=len(networks.keys() - decided),
        missed=outcomes.count(Outcome.MISSED),
        trained=trained,
        failed=outcomes.count(Outcome.FAILED),
        schedule_seconds=sum(trial.schedule_seconds for trial in trials),
        train_seconds=sum(trial.train_seconds for trial in trials),
        seconds=sum(trial.seconds for trial in trials),
    )
