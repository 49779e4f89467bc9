"""Whether what `training: hgq2` trains is what the firmware computes; run it in an environment that has HGQ2.

    python -m bench.hgq_training [--networks 4] [--seed 1]

Networks are drawn from a small space and trained on generated events of three classes. Three results are compared for
validation events, bit for bit: of HGQ2, of the QONNX file that is compiled, and of `model.keras`, compiled by itself.
Exit code 1 if a bit differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import bxnn
from bxnn.compiler.search.proposer import Proposal
from bxnn.compiler.search.sample import Sample, split_sample
from bxnn.compiler.search.search_config import check_search
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_run import run_trial

SPACE = {"depth": [1, 2], "widths": [4, 8], "bits": [3, 4, 6], "pruning": [0.0, 0.5]}
EVENTS, FEATURES, CLASSES, EPOCHS = 1500, 6, 3, 20


def events(seed: int) -> Sample:
    """Classes around different points."""
    generator = np.random.default_rng(seed)
    y = np.arange(EVENTS) % CLASSES
    x = generator.normal(size=(EVENTS, FEATURES)) + 2 * np.eye(CLASSES, FEATURES)[y]
    return Sample(x.astype(np.float32), y.astype(np.int64))


def different(context: TrialContext, proposal: Proposal, folder: Path) -> tuple[float, int, int]:
    """Objective, and the numbers in which either file differs from HGQ2."""
    import keras

    trial, files = run_trial(context, proposal)
    if files is None or trial.objective is None:
        raise SystemExit(f"{proposal.candidate}: not trained: {trial.reason}")
    x, design = context.sample.validation.x, {"initiation_interval": context.config.initiation_interval}
    standard = context.standard(x)
    counts = []
    for name, content, given in (("model.onnx", files.onnx, x), ("model.keras", files.keras, standard)):
        (folder / name).write_bytes(content)
        bxnn.compile(folder / name, folder / f"{name}_build", config=design)
        counts.append(np.asarray(bxnn.load(folder / f"{name}_build").predict(given)).reshape(len(x), -1))
    own = np.asarray(keras.models.load_model(folder / "model.keras")(standard)).astype(np.float64)
    return trial.objective, int((counts[0] != own).sum()), int((counts[1] != own).sum())


def main() -> None:
    """Trains, compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    config = check_search({"training": "hgq2", "space": SPACE, "fidelity": {"epochs": EPOCHS}})
    context = TrialContext.of(config, split_sample("events", events(given.seed), config))
    generator, wrong = np.random.default_rng(given.seed), 0
    for _ in range(given.networks):
        candidate = SearchSpace(config.space).drawn(generator)
        with TemporaryDirectory() as folder:
            objective, onnx, keras = different(context, Proposal(candidate, EPOCHS, given.seed), Path(folder))
        wrong += onnx + keras
        print(f"{candidate}: accuracy {objective:.3f}, {onnx} outputs of model.onnx differ, {keras} of model.keras")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
