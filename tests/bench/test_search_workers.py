"""What bench.search_workers compares: trials without their times."""

from __future__ import annotations

from bench.search_workers import results
from bxnn.compiler.search.proposer import Proposal
from tests.search.records import candidate, trial


def test_only_times_may_differ() -> None:
    one = trial(Proposal(candidate(4), 6, 1))
    slower = one.model_copy(update={"seconds": 9.0, "train_seconds": 8.0, "schedule_seconds": 1.0})
    other = one.model_copy(update={"loss": 0.125})
    assert results([one], {one.key}) == results([slower], {one.key}) != results([other], {one.key})
    assert results([one], set()) == {}
