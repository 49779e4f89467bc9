"""The front of a search against that of random networks, at equal numbers of trainings.

    python -m bench.search_front EVENTS.npz -c search.yaml [--trials 40] [--seeds 1 2 3] [--workers 1]
                                 [--engines smac random] [--work build/search_front] [--known 0.680 266 7823 99.8]

For each seed SMAC3 and random draws are given the same number of trainings. The hypervolume is that between the front
and a network that knows nothing and uses up the budget, in the space of the lost objective, latency and `LUT + 55 DSP`,
each divided by what that network has; more is better. Schedules are a share of the wall time of a search, from the
first proposal to the finished front, or of that of its trials alone if it was resumed. An interrupted run is resumed.
Exit code 1 if a target is missed.

`--known` names a network by its objective, DSPs, LUTs and nanoseconds: of the designs that cost no more, the best one
on the validation events is compiled, and verified on the test events with the engines of search.yaml. In the mean over
the seeds of SMAC3 it has to be as good as the known network, each within 30 minutes from the first proposal.
`--engines smac` leaves out random draws.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.calibration import Verdicts
from bxnn.compiler.cluster import connected
from bxnn.compiler.search.area import LUTS_PER_DSP, area_of
from bxnn.compiler.search.finished_front import finished_front
from bxnn.compiler.search.front_build import built_design, store_test_events
from bxnn.compiler.search.hypervolume import hypervolume
from bxnn.compiler.search.sample import checked_sample, split_sample
from bxnn.compiler.search.search_config import SearchConfig, load_search
from bxnn.compiler.search.search_result import counts_of
from bxnn.compiler.search.search_run import proposer_of
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_runner import TrialRunner
from bxnn.compiler.search.trial_store import TrialStore
from bxnn.compiler.sweep.point import Design
from bxnn.sim.array_file import read_arrays

LEAST_REFUSED, MOST_SCHEDULING = 33.3, 20.0  # percent
MOST_MINUTES = 30.0
ENGINES = ("smac", "random")


@dataclass(frozen=True)
class Found:
    """One engine with one seed.

    Attributes:
        volume: Hypervolume of its front.
        best: Best objective.
        refused: Percentage of the networks that were refused before training.
        scheduling: Percentage of the time that schedules took.
        trainings: Trainings, short ones included.
        seconds: Time of the search, that of all workers together.
        no_dearer: Objective on the test events of the best design that costs no more than the known network, as
            verified firmware; 0 if none is as cheap.
        minutes: From the first proposal to that design, those of an earlier run not included.
    """

    volume: float
    best: float
    refused: float
    scheduling: float
    trainings: int
    seconds: float
    no_dearer: float = math.nan
    minutes: float = math.nan


@dataclass(frozen=True)
class Known:
    """A network that is known already.

    Attributes:
        objective: How good it is.
        dsp: DSPs.
        lut: LUTs.
        latency_ns: Nanoseconds.
    """

    objective: float
    dsp: float
    lut: float
    latency_ns: float

    def allows(self, cost: Design) -> bool:
        """Whether something costs no more."""
        return cost.dsp <= self.dsp and (cost.lut or 0) <= self.lut and cost.latency_ns <= self.latency_ns + 0.05


def judged(
    config: SearchConfig, context: TrialContext, trials: list[Trial], front: list[Trial], wall: float | None
) -> Found:
    """The figures of a search, those of its front with final costs; ``wall`` in seconds if it was not resumed."""
    budget = config.budget
    if budget.latency_ns is None or budget.lut is None or budget.dsp is None:
        raise SystemExit("search.yaml: budget: give latency_ns, lut and dsp; they are the corner of the hypervolume")
    guessing = 1 - float(np.bincount(context.sample.validation.y).max()) / context.sample.validation.count
    corner = guessing, budget.latency_ns, float(budget.lut + LUTS_PER_DSP * budget.dsp)
    points = []
    for trial in front:
        assert trial.loss is not None
        costs = trial.loss, trial.cost.latency_ns, area_of(trial.cost)
        points.append((costs[0] / corner[0], costs[1] / corner[1], costs[2] / corner[2]))
    counts = counts_of(trials)
    seconds = counts.seconds if wall is None else wall
    return Found(
        hypervolume(points),
        max(trial.objective or 0.0 for trial in front),
        100 * counts.refused_share,
        100 * counts.schedule_seconds / seconds,
        counts.trained,
        seconds,
    )


def no_dearer(context: TrialContext, store: TrialStore, front: list[Trial], known: Known) -> float:
    """Objective on the test events of the best design on the validation events that costs no more, once verified."""
    cheap = [trial for trial in front if known.allows(trial.cost)]
    if not cheap:
        return 0.0
    store_test_events(context, store)
    return built_design(context, store, max(cheap, key=lambda trial: trial.objective or 0.0), workers=1).test.value


def measured(
    events: Path,
    config: SearchConfig,
    engines: list[str],
    seeds: list[int],
    workers: int,
    work: Path,
    known: Known | None,
) -> dict[tuple[str, int], Found]:
    """The figures by engine and seed; trials that an earlier run has left are taken as they are."""
    stored = read_arrays(events)
    sample = checked_sample(str(events), stored["x"], stored["y"], config.task)
    found = {}
    with connected(workers=workers) as client:
        for engine in engines:
            own = config.model_copy(update={"engine": engine})
            context = TrialContext.of(own, split_sample(str(events), sample, own))
            store, space = TrialStore(work / engine, own, sample), SearchSpace(own.space)
            for seed in seeds:
                resumed, started = any(True for _ in store.journal(seed)), time.monotonic()
                trials = TrialRunner(context, store, proposer_of(context, space, seed), seed).run(lambda gone: client)
                trials, front = finished_front(context, store, trials)
                wall = None if resumed else workers * (time.monotonic() - started)
                one = judged(own, context, trials, front, wall)
                if known is not None and engine == ENGINES[0]:
                    best = no_dearer(context, store, front, known)
                    one = replace(one, no_dearer=best, minutes=(time.monotonic() - started) / 60)
                found[engine, seed] = one
                print(engine, seed, found[engine, seed], flush=True)
    return found


def main() -> None:
    """Measures and prints, with the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", type=Path)
    parser.add_argument("-c", "--config", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--engines", choices=ENGINES, nargs="+", default=list(ENGINES))
    parser.add_argument("--workers", type=int, default=1, help="with more than one, the same trials may not come again")
    parser.add_argument("--work", type=Path, default=Path("build/search_front"))
    parser.add_argument("--known", type=float, nargs=4, metavar=("OBJECTIVE", "DSP", "LUT", "NS"))
    given = parser.parse_args()
    known = None if given.known is None else Known(*given.known)
    config = load_search(given.config).model_copy(update={"trials": given.trials})
    found = measured(given.events, config, given.engines, given.seeds, given.workers, given.work, known)
    sys.exit(1 if verdicts(found, given.engines, given.seeds, known).missed else 0)


def verdicts(
    found: dict[tuple[str, int], Found], engines: list[str], seeds: list[int], known: Known | None
) -> Verdicts:
    """Means and spreads over the seeds, printed, and the targets."""
    told, means = Verdicts(), {}
    for engine in engines:
        more = ("no_dearer", "minutes") if known is not None and engine == ENGINES[0] else ()
        for name in ("volume", "best", "refused", "scheduling", *more):
            own = np.array([getattr(found[engine, seed], name) for seed in seeds])
            means[engine, name] = float(own.mean())
            print(f"{engine}: {name} {own.mean():.4f}, spread {own.std(ddof=min(len(own) - 1, 1)):.4f}")
    if set(engines) == set(ENGINES):
        for seed in seeds:
            ratio = found["smac", seed].volume / found["random", seed].volume
            told.at_least(f"seed {seed}: hypervolume, SMAC3 over random", ratio, 1.0)
    if (engine := ENGINES[0]) in engines:
        told.at_least("refused before training, %", means[engine, "refused"], LEAST_REFUSED)
        told.at_most("time of schedules, %", means[engine, "scheduling"], MOST_SCHEDULING)
        if known is not None:
            told.at_least("objective at the cost of the known network", means[engine, "no_dearer"], known.objective)
            slowest = max(found[engine, seed].minutes for seed in seeds)
            told.at_most("minutes to a verified design", slowest, MOST_MINUTES)
    return told


if __name__ == "__main__":
    main()
