"""A search on a Dask cluster as a site starts it: workers and schedulers that end change nothing but the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.search.proposer import Proposal
from bxnn.compiler.search.random_proposer import RandomProposer
from bxnn.compiler.search.search_run import _one_client
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_runner import TrialRunner
from bxnn.compiler.search.trial_store import TrialStore
from tests.gate import test_clusters
from tests.gate.test_clusters import Site, call_after
from tests.search.records import context, sample, trial

site = test_clusters.site
CONTEXT = context(trials=6, fidelity={"epochs": [2, 6]})


def slowly(given: Any, proposal: Proposal, known: Any) -> tuple[Trial, None]:
    """A trial in another process, long enough to be interrupted."""
    time.sleep(0.2)
    return trial(proposal), None


@pytest.mark.slow
@pytest.mark.parametrize("end", [Site.kill_a_worker, Site.restart])
def test_what_ends_is_no_loss(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, end: Callable[[Site], None]
) -> None:
    monkeypatch.setattr("bxnn.compiler.search.trial_runner.run_trial", slowly)

    def run(folder: str) -> dict[str, Trial]:
        store = TrialStore(tmp_path / folder, CONTEXT.config, sample())
        runner = TrialRunner(CONTEXT, store, RandomProposer(SearchSpace(CONTEXT.config.space), 6, 1), 1)
        with _one_client(site.address, None) as connect:
            return {found.key: found for found in runner.run(connect)}

    site.complete()
    whole = run("whole")
    stored = call_after(monkeypatch, TrialStore, "put", 3, lambda: end(site))
    assert run("stopped") == whole and stored["calls"] == len(whole) > CONTEXT.config.trials
