"""How much faster a search is with two workers than with one, on an idle machine; takes about five minutes.

    python -m bench.search_workers [--events examples/jet_tagger/jets.npz] [-c examples/jet_tagger/search.yaml]
                                   [--trials 16] [--epochs 300]

The same random networks are trained by one process and by two, after each process has trained one. Exit code 1: two
workers are less than 1.7 times as fast as one, or their trials differ in anything but time.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.calibration import Verdicts
from bxnn.compiler.cluster import connected
from bxnn.compiler.search.proposer import Proposal
from bxnn.compiler.search.random_proposer import RandomProposer
from bxnn.compiler.search.sample import Sample, checked_sample, split_sample
from bxnn.compiler.search.search_config import SearchConfig, load_search
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_run import run_trial
from bxnn.compiler.search.trial_runner import TrialRunner
from bxnn.compiler.search.trial_store import TrialStore
from bxnn.sim.array_file import read_arrays

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "jet_tagger"
LEAST_GAIN = 1.7
SEED = 1
TIMES = ("schedule_seconds", "train_seconds", "seconds")


def searched(config: SearchConfig, sample: Sample, workers: int, folder: Path) -> tuple[float, list[Trial]]:
    """Wall time and trials of a search with a number of workers.

    Frameworks are loaded, and one small network trained, in every process before the time counts.
    """
    context = TrialContext.of(config, split_sample("events", sample, config))
    space = SearchSpace(config.space)
    store = TrialStore(folder, config, sample)
    warm = Proposal(space.smallest()[0], 1, SEED)
    with connected(workers=workers) as client:
        for worker in client.scheduler_info()["workers"]:
            client.submit(run_trial, context, warm, None, pure=False, workers=[worker]).result()
        begun = time.monotonic()
        proposer = RandomProposer(space, config.fidelity.most, SEED)
        trials = TrialRunner(context, store, proposer, SEED).run(lambda gone: client)
        return time.monotonic() - begun, trials


def results(trials: list[Trial], shared: set[str]) -> dict[str, Trial]:
    """The trials of these names without their times."""
    return {trial.key: trial.model_copy(update=dict.fromkeys(TIMES, 0.0)) for trial in trials if trial.key in shared}


def main() -> None:
    """Measures and prints, with the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, default=EXAMPLE / "jets.npz")
    parser.add_argument("-c", "--config", type=Path, default=EXAMPLE / "search.yaml")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=300)
    given = parser.parse_args()
    config = load_search(given.config)
    fidelity = config.fidelity.model_copy(update={"epochs": (given.epochs,)})
    config = config.model_copy(update={"trials": given.trials, "engine": "random", "fidelity": fidelity})
    stored = read_arrays(given.events)
    sample = checked_sample(str(given.events), stored["x"], stored["y"], config.task)
    with TemporaryDirectory(prefix="bxnn-") as folder:
        found = {workers: searched(config, sample, workers, Path(folder) / str(workers)) for workers in (1, 2)}
    # Two workers may ask for one more network while the last training runs.
    shared = {trial.key for trial in found[1][1]} & {trial.key for trial in found[2][1]}
    speeds = {workers: len(trials) / seconds for workers, (seconds, trials) in found.items()}
    for workers, (seconds, trials) in found.items():
        print(f"workers: {workers}: {len(trials)} trials in {seconds:.0f} s, {60 * speeds[workers]:.1f} in a minute")
    verdicts = Verdicts()
    verdicts.at_least("two workers over one", speeds[2] / speeds[1], LEAST_GAIN)
    same = results(found[1][1], shared) == results(found[2][1], shared) and len(shared) >= given.trials
    print(f"{len(shared)} trials in common: {'equal except for their times' if same else 'NOT EQUAL'}")
    sys.exit(1 if verdicts.missed or not same else 0)


if __name__ == "__main__":
    main()
