"""The front of a search, all of whose networks have been scheduled with their trained weights."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.search.front import front_of
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_run import finished_cost
from bxnn.compiler.search.trial_store import TrialStore


def finished_front(
    context: TrialContext, store: TrialStore, trials: Sequence[Trial]
) -> tuple[list[Trial], list[Trial]]:
    """All trials, those with a final cost that needed it, and the front of them.

    A training is on the front by its predicted cost. Its final cost may take it off again, so that another one
    takes its place. Stored trials stay as they are: a search that is extended must tell its engine the same as before.

    Args:
        context: The search.
        store: Has the trained networks.
        trials: Of all seeds.
    """
    known = {trial.key: trial for trial in trials}
    while True:
        front = front_of(known.values())
        open_ones = [trial for trial in front if trial.final is None]
        if not open_ones:
            return list(known.values()), front
        for trial in open_ones:
            known[trial.key] = finished_cost(context, trial, store.file(trial, ".onnx"))
