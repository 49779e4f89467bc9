"""The space: what is drawn, listed and proposed is in it, and nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.exhaustive_proposer import ExhaustiveProposer
from bxnn.compiler.search.proposer import PRICE_ONLY
from bxnn.compiler.search.random_proposer import RandomProposer
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.smac_proposer import SmacProposer
from bxnn.compiler.search.space_config import SpaceConfig
from tests.search.records import context, trial

SMALL = SearchSpace(SpaceConfig(depth=(1, 2), widths=(4, 8), bits=(4, 6), pruning=(0.0,), strategy=("dsp", "lut")))


def test_every_network_is_listed_once() -> None:
    listed = list(SMALL.every())
    # depth 1: a width, two bits; depth 2: two widths, three bits; two strategies each
    assert len(listed) == len({each.key for each in listed}) == 2 * (2**3 + 2**5)
    assert {each.strategy for each in SMALL.smallest()} == {"dsp", "lut"}
    assert {(each.widths, each.bits) for each in SMALL.smallest()} == {((4,), (4, 4))}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 30))
def test_what_is_drawn_is_in_the_space(seed: int) -> None:
    assert SMALL.drawn(np.random.default_rng(seed)) in set(SMALL.every())


def test_plain_engines_end_with_the_space() -> None:
    for proposer in (RandomProposer(SMALL, 5, 1), ExhaustiveProposer(SMALL, 5, 1)):
        found: list[Candidate] = []
        while (proposal := proposer.ask()) is not None:
            found.append(proposal.candidate)
        assert len(found) == len(set(found)) and set(found) <= set(SMALL.every())
        assert len(found) >= 0.9 * len(set(SMALL.every()))


@pytest.mark.parametrize(("waiting", "epochs"), [(1, (2, 18)), (2, (2, 18)), (1, (18,))])
def test_smac_repeats_itself_and_never_a_trial(
    waiting: int, epochs: tuple[int, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    runs = []
    for _ in range(2):
        proposer = SmacProposer(context(fidelity={"epochs": list(epochs)}), SearchSpace(SpaceConfig()), 3)
        asked = []
        for number in range(70 if len(epochs) > 1 else 24):
            proposal = proposer.ask()
            assert proposal is not None
            asked.append(proposal)
            if number >= waiting - 1:
                done = asked[number - waiting + 1]
                proposer.tell(done, trial(done))
        assert len({each.key for each in asked}) == len(asked)
        assert {each.epochs for each in asked} - {PRICE_ONLY} == ({2, 6, 18} if len(epochs) > 1 else {18})
        runs.append([each.key for each in asked])
    assert runs[0] == runs[1]
    assert capfd.readouterr() == ("", "")
