"""Networks drawn at random, each trained in full: what a search has to be better than."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.search.proposer import Proposal, Proposer
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial import Trial

_DRAWS = 1000  # of networks known already, before the space counts as exhausted


class RandomProposer(Proposer):
    """Every network at most once.

    Args:
        space: All networks.
        epochs: Of a full training.
        seed: Of the draws and the trainings.
    """

    def __init__(self, space: SearchSpace, epochs: int, seed: int) -> None:
        self._space, self._epochs, self._seed = space, epochs, seed
        self._generator = np.random.default_rng(seed)
        self._known: set[str] = set()

    def ask(self) -> Proposal | None:
        for _ in range(_DRAWS):
            candidate = self._space.drawn(self._generator)
            if candidate.key not in self._known:
                self._known.add(candidate.key)
                return Proposal(candidate, self._epochs, self._seed)
        return None

    def tell(self, proposal: Proposal, trial: Trial) -> None:
        """Nothing is learned from results."""
