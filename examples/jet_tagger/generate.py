"""Generates the jet-tagger data: simulated jets of five classes and their sixteen standardised features.

    python -m examples.jet_tagger.generate --jets-per-class 8000 --seed 1 --jobs 2

The result does not depend on `--jobs`: every block of jets has its own generator seed, and blocks are
collected in order.
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from examples.jet_tagger.events import CLASSES, generate_jets
from examples.jet_tagger.features import FEATURE_NAMES, Array, jet_features

HERE = Path(__file__).resolve().parent
BLOCK_SIZE = 500  # jets per task: fixed, because a block's seed follows from its number
PYTHIA_SEEDS = 900_000_000  # Source: Pythia 8 manual, Random:seed runs from 1 to this


@dataclass(frozen=True)
class Block:
    """One task: `count` jets of one class from one Pythia seed, jet pT in [pt_min, pt_max] GeV."""

    label: int
    count: int
    seed: int
    pt_min: float
    pt_max: float


@dataclass(frozen=True)
class JetTable:
    """Raw features (jets, 16), labels (jets,) and transverse momenta in GeV (jets,)."""

    features: Array
    labels: NDArray[np.int64]
    pt: Array


def plan_blocks(jets_per_class: int, seed: int, pt_min: float, pt_max: float) -> list[Block]:
    """The blocks of all classes, each with an independent seed derived from `seed`."""
    blocks = []
    for label in range(len(CLASSES)):
        for index, first in enumerate(range(0, jets_per_class, BLOCK_SIZE)):
            state = np.random.SeedSequence(seed, spawn_key=(label, index)).generate_state(1, np.uint64)
            count = min(BLOCK_SIZE, jets_per_class - first)
            blocks.append(Block(label, count, 1 + int(state[0] % PYTHIA_SEEDS), pt_min, pt_max))
    return blocks


def run_block(block: Block) -> JetTable:
    """Simulates one block; the worker's entry point."""
    source = generate_jets(CLASSES[block.label], block.seed, block.pt_min, block.pt_max)
    jets = list(islice(source, block.count))
    return JetTable(
        features=np.stack([jet_features(jet) for jet in jets]),
        labels=np.full(block.count, block.label, dtype=np.int64),
        pt=np.array([jet.pt for jet in jets], dtype=np.float64),
    )


def simulate(blocks: list[Block], jobs: int) -> JetTable:
    """Runs all blocks on `jobs` processes, in order, and reports progress on standard error."""
    tables: list[JetTable] = []
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for table in pool.imap(run_block, blocks):
            tables.append(table)
            typer.echo(f"block {len(tables)} of {len(blocks)}", err=True)
    return JetTable(
        features=np.concatenate([table.features for table in tables]),
        labels=np.concatenate([table.labels for table in tables]),
        pt=np.concatenate([table.pt for table in tables]),
    )


def choose_test_jets(labels: NDArray[np.int64], fraction: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Marks `fraction` of each class as test jets, so that both samples stay balanced."""
    is_test = np.zeros(labels.size, dtype=np.bool_)
    for label in range(len(CLASSES)):
        members = np.flatnonzero(labels == label)
        is_test[rng.choice(members, size=round(fraction * members.size), replace=False)] = True
    return is_test


def demo_jets(is_test: NDArray[np.bool_], labels: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Row numbers of the first `count` test jets, the same number for each class, in the table's order."""
    share = count // len(CLASSES)
    per_class = [np.flatnonzero(is_test & (labels == label))[:share] for label in range(len(CLASSES))]
    return np.sort(np.concatenate(per_class))


def save_all(path: Path, table: JetTable, is_test: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Writes all jets, normalised to mean 0 and variance 1 on the training jets; returns the standardised features."""
    mean = table.features[~is_test].mean(axis=0)
    scale = table.features[~is_test].std(axis=0)
    x: NDArray[np.float32] = ((table.features - mean) / scale).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        x=x,
        y=table.labels,
        is_test=is_test,
        mean=mean,
        scale=scale,
        pt=table.pt,
        feature_names=np.array(FEATURE_NAMES),
        class_names=np.array([jet_class.name for jet_class in CLASSES]),
    )
    return x


def describe(table: JetTable, standardised: NDArray[np.float32]) -> None:
    """Prints the numbers quoted in the README: per class the jet pT and medians, per feature its tail."""
    typer.echo("class    jets  mean pT  median mass_mmdt  median multiplicity")
    mass, multiplicity = FEATURE_NAMES.index("mass_mmdt"), FEATURE_NAMES.index("multiplicity")
    for label, jet_class in enumerate(CLASSES):
        rows = table.labels == label
        medians = np.median(table.features[rows], axis=0)
        typer.echo(
            f"{jet_class.name:5} {rows.sum():7d} {table.pt[rows].mean():8.1f} {medians[mass]:17.1f}"
            f" {medians[multiplicity]:20.0f}"
        )
    typer.echo("feature         raw mean   raw scale     min     max  fraction beyond +-8")
    for column, name in enumerate(FEATURE_NAMES):
        raw, x = table.features[:, column], standardised[:, column]
        typer.echo(
            f"{name:13} {raw.mean():10.4g} {raw.std():11.4g} {x.min():7.2f} {x.max():7.2f} {np.mean(abs(x) > 8):20.5f}"
        )


def main(
    jets_per_class: Annotated[int, typer.Option(min=10, help="Jets of each of the five classes.")] = 8000,
    pt_min: Annotated[float, typer.Option(help="Lower edge of the jet pT window in GeV.")] = 800.0,
    pt_max: Annotated[float, typer.Option(help="Upper edge of the jet pT window in GeV.")] = 1600.0,
    test_fraction: Annotated[float, typer.Option(min=0.0, max=1.0)] = 0.25,
    demo: Annotated[int, typer.Option(help="Test jets written to the small demo file.")] = 2000,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    out: Annotated[Path, typer.Option(help="All jets, for train.py.")] = HERE / "build" / "jets_all.npz",
    demo_out: Annotated[Path, typer.Option(help="The demo file, x and y only.")] = HERE / "jets.npz",
) -> None:
    """Simulates the jets, standardises the features on the training jets and writes both files."""
    if not 0 < pt_min < pt_max:
        raise typer.BadParameter(f"the pT window [{pt_min}, {pt_max}] GeV is empty")
    started = time.monotonic()
    table = simulate(plan_blocks(jets_per_class, seed, pt_min, pt_max), jobs)
    rng = np.random.default_rng(seed)
    order = rng.permutation(table.labels.size)
    table = JetTable(table.features[order], table.labels[order], table.pt[order])
    is_test = choose_test_jets(table.labels, test_fraction, rng)
    x = save_all(out, table, is_test)
    rows = demo_jets(is_test, table.labels, demo)
    np.savez_compressed(demo_out, x=x[rows], y=table.labels[rows])
    describe(table, x)
    typer.echo(f"{len(x)} jets -> {out}; {rows.size} test jets -> {demo_out}")
    typer.echo(f"{time.monotonic() - started:.0f} s with {jobs} job(s)")


if __name__ == "__main__":
    typer.run(main)
