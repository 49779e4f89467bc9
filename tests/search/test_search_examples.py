"""search.yaml of the examples: each is about the events beside it, and its budget can be met."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.search.sample import checked_sample, split_sample
from bxnn.compiler.search.search_config import load_search
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_run import predicted_cost

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize(("folder", "events"), [("jet_tagger", "jets.npz"), ("l1calo_tau", "towers.npz")])
def test_the_smallest_networks_fit(folder: str, events: str) -> None:
    config = load_search(EXAMPLES / folder / "search.yaml")
    with np.load(EXAMPLES / folder / events) as stored:
        sample = checked_sample(events, stored["x"], stored["y"], config.task)
    context = TrialContext.of(config, split_sample(events, sample, config))
    for candidate in SearchSpace(config.space).smallest():
        assert predicted_cost(context, candidate).latency_ns <= (config.budget.latency_ns or 0)
