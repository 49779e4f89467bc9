"""Trainings are on the front by their predicted cost until it turns out what they really cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.search import finished_front as module
from bxnn.compiler.search.finished_front import finished_front
from bxnn.compiler.search.front import front_of
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_store import TrialStore
from tests.search.records import context, design, sample
from tests.search.test_front import done

CONTEXT = context()
_COST = st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 3))
_TRIAL = st.tuples(st.integers(0, 20), _COST, st.one_of(st.none(), _COST), st.booleans())


@settings(max_examples=30, deadline=None)
@given(st.lists(_TRIAL, min_size=1, max_size=15))
def test_the_front_is_that_of_final_costs(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[int, tuple[int, ...], tuple[int, ...] | None, bool]]
) -> None:
    """``None`` as the final cost is that of a network that misses the budget with its trained weights."""
    store = TrialStore(tmp_path_factory.mktemp("search") / "s", CONTEXT.config, sample())
    short, really = list[Trial](), dict[str, Trial]()
    for index, (quality, predicted, final, full) in enumerate(made):
        one = done(index, quality, *predicted)
        costs = {"outcome": Outcome.MISSED if final is None else Outcome.DONE}
        cost = {"final": None if final is None else design(*final)}
        really[one.key] = one.model_copy(update={"predicted": one.final, **cost, **costs})
        short.append(really[one.key] if full else one.model_copy(update={"predicted": one.final, "final": None}))
    asked: list[str] = []

    def finished(own: TrialContext, trial: Trial, stored: Path) -> Trial:
        asked.append(trial.key)
        assert own is CONTEXT and trial.final is None and stored == store.file(trial, ".onnx")
        return really[trial.key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "finished_cost", finished)
        trials, front = finished_front(CONTEXT, store, short)
    assert [trial.key for trial in trials] == [trial.key for trial in short]
    assert front == front_of(trials) and all(trial == really[trial.key] for trial in front)
    assert len(asked) == len(set(asked))
    assert not list((store.folder / "trials").iterdir())
