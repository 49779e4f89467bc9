"""The Pareto front of a search: networks of which no other one is better, given its latency, DSPs and LUTs."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bxnn.compiler.pareto import undominated
from bxnn.compiler.search.trial import Outcome, Trial


def front_of(trials: Iterable[Trial]) -> list[Trial]:
    """The front, the best network first.

    Objectives that differ by less than half of their statistical error count as equal, so that a design is not on the
    front because of chance alone; of equal ones, the cheapest stays. Of a network that was trained several times, the
    best training stays.

    Args:
        trials: Of all seeds.
    """
    done = [trial for trial in trials if trial.outcome is Outcome.DONE]
    best: dict[str, Trial] = {}
    for trial in sorted(done, key=_preference):
        best.setdefault(trial.candidate.key, trial)
    if not best:
        return []
    step = min(trial.error or 0.0 for trial in best.values()) / 2

    def costs(trial: Trial) -> tuple[float, ...]:
        assert trial.loss is not None
        level = math.ceil(trial.loss / step) if step else trial.loss
        return level, trial.cost.latency_ns, trial.cost.dsp, trial.cost.lut or 0

    kept = undominated(sorted(best.values(), key=lambda trial: (*costs(trial), _preference(trial))), costs)
    return sorted(kept, key=_preference)


def _preference(trial: Trial) -> tuple[float, ...]:
    assert trial.loss is not None
    return trial.loss, trial.cost.latency_ns, trial.cost.dsp, trial.cost.lut or 0
