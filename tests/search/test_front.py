"""The front: every design on it is the best at its cost, and none is there by chance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.search.front import front_of
from bxnn.compiler.search.proposer import Proposal
from bxnn.compiler.search.search_result import counts_of
from bxnn.compiler.search.trial import Outcome, Trial
from tests.search.records import candidate, design, trial

_DONE = st.tuples(st.integers(0, 20), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3))


def done(index: int, quality: int, latency: int, dsp: int, lut: int) -> Trial:
    base = trial(Proposal(candidate(1 + index % 40, bits=(4, 4)), 3 + index // 40, 1))
    final = design(latency, dsp, lut)
    own = {"objective": quality / 20, "loss": 1 - quality / 20, "error": 0.1, "final": final}
    return base.model_copy(update={**own, "outcome": Outcome.DONE})


@settings(max_examples=60, deadline=None)
@given(st.lists(_DONE, min_size=1, max_size=25))
def test_every_trial_is_matched_by_one_of_the_front(made: list[tuple[int, int, int, int]]) -> None:
    trials = [done(index, *own) for index, own in enumerate(made)]
    front = front_of(trials)

    def covers(one: Trial, other: Trial, slack: float) -> bool:
        assert one.final and other.final and one.objective is not None and other.objective is not None
        first, second = ((own.final.latency_ns, own.final.dsp, own.final.lut) for own in (one, other) if own.final)
        cheap = bool((np.array(first) <= np.array(second)).all())
        return cheap and one.objective >= other.objective - slack

    assert all(any(covers(best, each, 0.05) for best in front) for each in trials)
    assert not any(covers(one, other, 0.0) for one in front for other in front if one is not other)
    qualities = [each.objective or 0.0 for each in front]
    assert qualities == sorted(qualities, reverse=True)


def test_counts_are_of_networks_and_trainings() -> None:
    small, large = candidate(4, bits=(4, 4)), candidate(64, 64)
    found = counts_of([trial(Proposal(own, epochs, 1)) for own, epochs in ((small, 2), (small, 6), (large, 2))])
    assert (found.proposed, found.refused, found.trained, found.refused_share) == (2, 1, 2, 0.5)
    assert front_of([trial(Proposal(large, 2, 1))]) == []
