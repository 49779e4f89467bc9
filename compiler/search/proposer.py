"""The contract of an engine: it proposes networks, and is told what came of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.trial import Trial, trial_key

PRICE_ONLY = 0  # epochs of a proposal that is not to be trained


@dataclass(frozen=True)
class Proposal:
    """A trial to run.

    Attributes:
        candidate: The network.
        epochs: Of its training; ``PRICE_ONLY`` if only its cost is asked for.
        seed: Of its training.
    """

    candidate: Candidate
    epochs: int
    seed: int

    @property
    def key(self) -> str:
        """Name of the files of its trial."""
        return trial_key(self.candidate, self.epochs, self.seed)


class Proposer(ABC):
    """Proposes trials; the same sequence of calls and results gives the same proposals."""

    @abstractmethod
    def ask(self) -> Proposal | None:
        """The next trial, never the same one twice; ``None`` if there is nothing left to propose."""

    @abstractmethod
    def tell(self, proposal: Proposal, trial: Trial) -> None:
        """What came of a proposal, once and in any order."""
