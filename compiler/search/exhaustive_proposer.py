"""Every network of a space, each trained in full."""

from __future__ import annotations

from bxnn.compiler.search.proposer import Proposal, Proposer
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial import Trial


class ExhaustiveProposer(Proposer):
    """All networks in order, the smallest first.

    Args:
        space: All networks.
        epochs: Of a full training.
        seed: Of the trainings.
    """

    def __init__(self, space: SearchSpace, epochs: int, seed: int) -> None:
        self._left = space.every()
        self._epochs, self._seed = epochs, seed

    def ask(self) -> Proposal | None:
        candidate = next(self._left, None)
        return None if candidate is None else Proposal(candidate, self._epochs, self._seed)

    def tell(self, proposal: Proposal, trial: Trial) -> None:
        """Nothing is learned from results."""
