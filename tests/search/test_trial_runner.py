"""Trials: an interrupted search goes on as if nothing had happened, and refuses a folder that is not its own."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from distributed import KilledWorker

from bxnn.compiler.errors import InputError
from bxnn.compiler.search.exhaustive_proposer import ExhaustiveProposer
from bxnn.compiler.search.proposer import Proposal, Proposer
from bxnn.compiler.search.random_proposer import RandomProposer
from bxnn.compiler.search.search_config import check_search
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.smac_proposer import SmacProposer
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_runner import TrialRunner
from bxnn.compiler.search.trial_store import TrialStore
from tests.search.records import Here, StoppedError, context, sample

CONTEXT = context(trials=12, fidelity={"epochs": [2, 6]})
SPACE = SearchSpace(CONTEXT.config.space)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Futures of this process are waited for like those of Dask."""
    monkeypatch.setattr("distributed.wait", concurrent.futures.wait)


def smac() -> Proposer:
    return SmacProposer(CONTEXT, SPACE, 1)


def random() -> Proposer:
    return RandomProposer(SPACE, 6, 1)


def run(folder: Path, proposer: Proposer, client: Here) -> list[str]:
    store = TrialStore(folder, CONTEXT.config, sample())
    runner = TrialRunner(CONTEXT, store, proposer, 1)
    return [trial.key for trial in runner.run(lambda gone: client)]  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("slots", [1, 2])
@pytest.mark.parametrize("engine", [smac, random])
def test_an_interrupted_search_goes_on(tmp_path: Path, engine: Callable[[], Proposer], slots: int) -> None:
    whole = run(tmp_path / "whole", engine(), Here(slots=slots))
    for stop in (0, 1, 7):
        folder, first, second = tmp_path / f"stopped_{stop}", Here(stop, slots), Here(slots=slots)
        with pytest.raises(StoppedError):
            run(folder, engine(), first)
        assert run(folder, engine(), second) == whole
        again = [proposal.key for proposal in second.submitted]
        lost = {each.key for each in first.submitted} & set(again)
        assert len(lost) <= slots  # what was running when it stopped
    nothing = Here(0, slots)
    assert run(tmp_path / "whole", engine(), nothing) == whole and not nothing.submitted


class Failing(Here):
    """Every third result is an error of Dask."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def submit(
        self, work: Callable[..., Any], given: Any, proposal: Proposal, known: Any, pure: bool
    ) -> concurrent.futures.Future[tuple[Trial, None]]:
        found = super().submit(work, given, proposal, known, pure)
        if len(self.submitted) % 3 == 0:
            found = concurrent.futures.Future()
            found.set_exception(self.error)
        return found


def test_a_trial_whose_process_dies_again_and_again_has_failed(tmp_path: Path) -> None:
    error = KilledWorker("run_trial", None, 3)  # type: ignore[arg-type]
    store, client = TrialStore(tmp_path / "s", CONTEXT.config, sample()), Failing(error)
    found = TrialRunner(CONTEXT, store, smac(), 1).run(lambda gone: client)  # type: ignore[arg-type,return-value]
    failed = [trial for trial in found if trial.outcome is Outcome.FAILED]
    assert len(failed) == len(client.submitted) // 3 > 0
    assert {trial.reason for trial in failed} == {
        "its process died several times, perhaps because it ran out of memory"
    }
    assert sum(trial.outcome is Outcome.DONE for trial in found) == CONTEXT.config.trials


def test_a_scheduler_that_goes_is_no_loss(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", smac(), Here())
    gone = Failing(concurrent.futures.CancelledError())
    assert run(tmp_path / "s", smac(), gone) == whole
    assert len(gone.submitted) > len(whole)


def test_refused_networks_are_no_trainings(tmp_path: Path) -> None:
    store = TrialStore(tmp_path / "s", CONTEXT.config, sample())
    runner = TrialRunner(CONTEXT, store, random(), 1)
    found = runner.run(lambda gone: Here())  # type: ignore[arg-type,return-value]
    assert sum(trial.outcome is Outcome.DONE for trial in found) == CONTEXT.config.trials < len(found)


def test_a_damaged_trial_is_run_again(tmp_path: Path) -> None:
    whole = run(tmp_path / "s", smac(), Here())
    for part in ("trials", "journal_1.txt"):
        path = tmp_path / "s" / part
        damaged = path / f"{whole[3]}.json" if path.is_dir() else path
        damaged.write_text(damaged.read_text()[:40])
        assert run(tmp_path / "s", smac(), Here()) == whole


def test_the_journal_of_another_engine_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "s", random(), Here())
    with pytest.raises(InputError) as caught:
        run(tmp_path / "s", ExhaustiveProposer(SPACE, 6, 1), Here())
    assert str(caught.value) == (
        f"{tmp_path / 's'}: was begun by an engine that proposes other networks, perhaps another version of it; name "
        "another folder, or remove this one"
    )


@pytest.mark.parametrize(
    ("changed", "events", "problem"),
    [
        ({"budget": {"dsp": 3}}, 300, "holds a search with other keys in search.yaml"),
        ({}, 301, "holds a search with other events"),
        ({"trials": 99, "seeds": [4]}, 300, None),
    ],
)
def test_a_folder_belongs_to_one_search(
    tmp_path: Path, changed: dict[str, Any], events: int, problem: str | None
) -> None:
    TrialStore(tmp_path / "s", check_search({}), sample())
    if problem is None:
        TrialStore(tmp_path / "s", check_search(changed), sample(events))
        return
    with pytest.raises(InputError) as caught:
        TrialStore(tmp_path / "s", check_search(changed), sample(events))
    assert str(caught.value) == f"{tmp_path / 's'}: {problem}; name another folder, or remove this one"


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(InputError) as caught:
        TrialStore(tmp_path, check_search({}), sample())
    assert str(caught.value) == f"{tmp_path}: exists and is not a search; name another folder"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
