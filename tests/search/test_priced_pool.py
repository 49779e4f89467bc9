"""Which networks are priced and which of them are trained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.search.priced_pool import PricedPool
from bxnn.compiler.search.proposer import PRICE_ONLY, Proposal
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.smac_proposer import SmacProposer
from bxnn.compiler.search.space_config import SpaceConfig
from bxnn.compiler.search.trial import Outcome, Trial
from tests.search.records import context, trial

CONTEXT = context(fidelity={"epochs": [2, 6]}, budget={"latency_ns": 20, "lut": 1000, "dsp": 0})
SMALL = SearchSpace(SpaceConfig(depth=(1, 2), widths=(4, 8), bits=(4, 6), pruning=(0.0,), strategy=("lut",)))


def priced(pool: PricedPool) -> list[Trial]:
    found = []
    while (candidate := pool.next_to_price()) is not None:
        found.append(trial(Proposal(candidate, PRICE_ONLY, 1)))
        pool.priced(found[-1])
    return found


def check_every_network(seed: int) -> None:
    pool, names, chosen = PricedPool(CONTEXT, SMALL, seed, 3), list[str](), list[str]()
    names += [one.candidate.key for one in priced(pool)]
    while (candidate := pool.choose()) is not None:
        chosen.append(candidate.key)
        pool.trained(trial(Proposal(candidate, 6, 1)))
        names += [one.candidate.key for one in priced(pool)]
    assert len(set(names)) == len(names) and len(set(chosen)) == len(chosen) and set(names) <= set(chosen)
    assert len(chosen) >= 0.9 * len(set(SMALL.every()))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1 << 20))
def test_every_network_is_priced_and_chosen_once(seed: int) -> None:
    check_every_network(seed)


@pytest.mark.nightly
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 20))
def test_every_network_is_priced_and_chosen_once_in_more_searches(seed: int) -> None:
    check_every_network(seed)


def test_a_network_that_costs_more_than_a_better_one_is_not_chosen() -> None:
    """Of networks of equal depth, and so latency, the larger ones have to be better, and none is."""
    space = SearchSpace(SpaceConfig(depth=(1,), widths=(4, 8, 16), bits=(4, 6, 8), strategy=("lut",)))
    pool = PricedPool(CONTEXT, space, 1, 3)
    first = {one.candidate: one.predicted for one in priced(pool)}
    cheapest = min(first, key=lambda one: (first[one].lut or 0) if (first[one]) else 0)  # type: ignore[union-attr]
    for candidate in [pool.choose(), pool.choose()]:
        assert candidate is not None
        equal = trial(Proposal(candidate, 6, 1)).model_copy(update={"loss": 0.3})
        pool.trained(equal)
    assert pool.choose() == cheapest or cheapest in pool._chosen


@pytest.mark.parametrize("epochs", [[2, 6], [2, 18], [6]])
def test_the_engine_prices_before_it_trains_and_refuses_nothing_twice(epochs: list[int]) -> None:
    own = context(fidelity={"epochs": epochs}, budget={"latency_ns": 20, "lut": 1000, "dsp": 0})
    proposer, asked = SmacProposer(own, SearchSpace(SpaceConfig()), 3), list[Proposal]()
    prices: dict[str, Trial] = {}
    for _ in range(60):
        proposal = proposer.ask()
        assert proposal is not None
        asked.append(proposal)
        found = trial(proposal)
        if proposal.epochs == PRICE_ONLY:
            prices[proposal.candidate.key] = found
        else:
            assert prices[proposal.candidate.key].outcome is Outcome.PRICED
        proposer.tell(proposal, found)
    refused = sum(one.outcome is Outcome.REFUSED for one in prices.values())
    assert refused > 0 and len({one.key for one in asked}) == len(asked)


@pytest.mark.parametrize("epochs", [[2, 6], [6]])
def test_a_small_space_is_searched_to_its_end(epochs: list[int]) -> None:
    own = context(fidelity={"epochs": epochs})
    proposer, found = SmacProposer(own, SMALL, 1), set()
    while (proposal := proposer.ask()) is not None:
        if proposal.epochs != PRICE_ONLY:
            found.add(proposal.candidate)
        proposer.tell(proposal, trial(proposal))
    assert len(found) >= 0.8 * len(set(SMALL.every()))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1 << 30))
def test_a_neighbour_differs_in_one_parameter(seed: int) -> None:
    generator = np.random.default_rng(seed)
    own = SMALL.drawn(generator)
    other = SMALL.neighbour(own, generator)
    mine, its = SMALL.values(own), SMALL.values(other)
    assert other in set(SMALL.every()) and SMALL.candidate(mine) == own
    changed = [name for name in mine.keys() & its.keys() if mine[name] != its[name]]
    assert len(changed) == 1 and (len(mine) == len(its) or changed == ["depth"])
