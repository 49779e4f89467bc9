"""Generates the Level-1 tau data: windows of trigger towers around hadronic taus and around jets.

    python -m examples.l1calo_tau.generate --seed 1

One process on one core; the result is determined by the seed and the versions of Pythia and numpy.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from examples.l1calo_tau.calorimeter import deposit
from examples.l1calo_tau.events import DIJETS, TAU_PAIRS, Array, Process, generate_events
from examples.l1calo_tau.towers import Codes, PileUp, digitise, occupancy, simulate_pile_up
from examples.l1calo_tau.windows import find_candidates, is_tau

HERE = Path(__file__).resolve().parent
UNITS_PER_COUNT = 1 / 64  # the network's input is the code times this, so 1.0 is 32 GeV; exact in float32
CORE_ET_EDGES = (12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 31, 34, 38, 43, 50, 60)  # bins in GeV
TEST_PERIOD = 4  # every fourth event is a test event


@dataclass(frozen=True)
class WindowTable:
    """Windows of one class: codes (n, 8, 8, 2), core ET in GeV, event weight and event number, each (n,)."""

    codes: Codes
    core_et: Array
    weight: Array
    event: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> WindowTable:
        """The rows in the given order."""
        return WindowTable(self.codes[rows], self.core_et[rows], self.weight[rows], self.event[rows])


@dataclass(frozen=True)
class Sample:
    """Codes (n, 8, 8, 2), core ET in GeV and labels, 1 for tau and 0 for jet."""

    codes: Codes
    core_et: Array
    labels: NDArray[np.int64]


def simulate(process: Process, events: int, pile_up: PileUp, seed: int, rng: np.random.Generator) -> WindowTable:
    """Runs one process through detector and trigger.

    Keeps the candidates at a true tau if the process produces tau pairs, and those without one if it does not.
    """
    kept, weights, numbers, crossings = [], [], [], []
    for number, event in enumerate(islice(generate_events(process, seed), events)):
        towers = deposit(event.particles, rng) + pile_up.crossing(rng)
        codes = digitise(towers, pile_up.pedestal, rng)
        if number < 100:
            crossings.append(codes)
        for candidate in find_candidates(codes):
            if is_tau(candidate, event.taus) == (process is TAU_PAIRS):
                kept.append(candidate)
                weights.append(event.weight)
                numbers.append(number)
    em, had = occupancy(crossings)
    typer.echo(f"{process.name}: {events} events, {len(kept)} windows; towers hit {em:.1%} EM {had:.1%} HAD")
    return WindowTable(
        codes=np.stack([candidate.codes for candidate in kept]),
        core_et=np.array([candidate.core_et for candidate in kept]),
        weight=np.array(weights, dtype=np.float64),
        event=np.array(numbers, dtype=np.int64),
    )


def resample(weight: Array, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """`count` indices in random order; index i comes n_i = count w_i / sum(w) times on average.

    Systematic resampling: equidistant marks on the cumulative weights. n_i is rounded up or down, never
    more, so nothing is drawn twice unless it should be.
    """
    order = rng.permutation(weight.size)
    cumulated = np.cumsum(weight[order])
    marks = (np.arange(count) + rng.random()) / max(count, 1) * weight.sum()
    drawn = np.minimum(np.searchsorted(cumulated, marks), weight.size - 1)
    return rng.permutation(order[drawn])


def match_spectra(
    signal: WindowTable, background: WindowTable, rng: np.random.Generator
) -> tuple[WindowTable, WindowTable]:
    """As many windows of background as of signal in each bin of core ET.

    Within a bin, background is drawn in proportion to its weight, by `resample`, and at most
    (sum w)^2 / sum w^2 times: drawing more would only repeat windows. Row i of both tables is in the same bin,
    and the bins come in random order, so the first n rows have equal spectra, too.
    """
    pairs = []
    signal_bin, background_bin = (np.digitize(table.core_et, CORE_ET_EDGES) for table in (signal, background))
    for index in range(1, len(CORE_ET_EDGES)):
        first, second = np.flatnonzero(signal_bin == index), np.flatnonzero(background_bin == index)
        weight = background.weight[second]
        effective = weight.sum() ** 2 / max((weight**2).sum(), 1e-300)
        count = min(first.size, int(effective))
        pairs.append(np.stack([rng.permutation(first)[:count], second[resample(weight, count, rng)]]))
    joined = rng.permutation(np.concatenate(pairs, axis=1), axis=1)
    return signal.take(joined[0]), background.take(joined[1])


def select(signal: WindowTable, background: WindowTable, is_test: bool, rng: np.random.Generator) -> Sample:
    """The training or the test sample, signal and background alternating, with equal spectra of core ET."""
    parts = [table.take(np.flatnonzero((table.event % TEST_PERIOD == 0) == is_test)) for table in (signal, background)]
    tau, jet = match_spectra(parts[0], parts[1], rng)
    distinct = len(np.unique(jet.codes, axis=0))
    typer.echo(f"{len(jet.core_et)} pairs of {[len(part.core_et) for part in parts]}, {distinct} jets distinct")
    return Sample(
        codes=np.stack([tau.codes, jet.codes], axis=1).reshape(-1, *tau.codes.shape[1:]),
        core_et=np.stack([tau.core_et, jet.core_et], axis=1).ravel(),
        labels=np.tile(np.array([1, 0], dtype=np.int64), len(tau.core_et)),
    )


def network_input(codes: Codes) -> NDArray[np.float32]:
    """Codes as the network reads them, exactly."""
    return codes.astype(np.float32) * np.float32(UNITS_PER_COUNT)


def save(train: Sample, test: Sample, out: Path, demo_out: Path, demo: int) -> None:
    """Writes all windows, the training windows first, and the first `demo` test windows."""
    out.parent.mkdir(parents=True, exist_ok=True)
    x, y = network_input(test.codes), test.labels
    np.savez_compressed(
        out,
        x=np.concatenate([network_input(train.codes), x]),
        y=np.concatenate([train.labels, y]),
        is_test=np.arange(train.labels.size + y.size) >= train.labels.size,
        core_et=np.concatenate([train.core_et, test.core_et]),
    )
    np.savez_compressed(demo_out, x=x[:demo], y=y[:demo])
    typer.echo(f"{train.labels.size} training and {y.size} test windows -> {out}")
    typer.echo(f"{min(demo, y.size)} of the test windows -> {demo_out}, {demo_out.stat().st_size} bytes")


def describe(sample: Sample) -> None:
    """Prints the numbers quoted in the README: the spectrum and the mean picture of both classes."""
    for label, name in ((1, "tau"), (0, "jet")):
        rows = sample.labels == label
        quartiles = np.percentile(sample.core_et[rows], (25, 50, 75))
        codes = sample.codes[rows].astype(np.float64)
        core = codes[:, 3:5, 3:5].sum(axis=(1, 2))
        typer.echo(
            f"{name}: {rows.sum()} windows, core ET quartiles {quartiles} GeV, EM share of the core"
            f" {np.mean(core[:, 0] / core.sum(axis=1)):.3f}, core share of the window"
            f" {np.mean(core.sum(axis=1) / codes.sum(axis=(1, 2, 3))):.3f},"
            f" nonzero towers {np.mean((codes > 0).sum(axis=(1, 2, 3))):.1f} of 128,"
            f" saturated {np.mean(codes == 255):.1e}"
        )


def main(
    tau_events: Annotated[int, typer.Option(min=8, help="Z/gamma* -> tau tau events.")] = 12000,
    jet_events: Annotated[int, typer.Option(min=8, help="Dijet events.")] = 20000,
    mean_pile_up: Annotated[float, typer.Option(min=0.0, help="Mean overlaid collisions per event.")] = 60.0,
    pool: Annotated[int, typer.Option(min=1, help="Minimum-bias collisions simulated to draw from.")] = 3000,
    demo: Annotated[int, typer.Option(min=2, help="Test windows written to the small demo file.")] = 2000,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    out: Annotated[Path, typer.Option(help="All windows, for train.py.")] = HERE / "build" / "towers_all.npz",
    demo_out: Annotated[Path, typer.Option(help="The demo file, x and y only.")] = HERE / "towers.npz",
) -> None:
    """Simulates pile-up, taus and jets, equalises the spectra and writes both files."""
    started, cpu_started = time.monotonic(), time.process_time()
    rng = np.random.default_rng(seed)
    seeds = [int(value) for value in np.random.SeedSequence(seed).generate_state(3)]
    pile_up = simulate_pile_up(pool, mean_pile_up, seeds[0], rng)
    em, had = pile_up.pedestal[24, 0]
    typer.echo(f"pedestal at eta = 0: EM {em:.2f} GeV, HAD {had:.2f} GeV")
    signal = simulate(TAU_PAIRS, tau_events, pile_up, seeds[1], rng)
    background = simulate(DIJETS, jet_events, pile_up, seeds[2], rng)
    train = select(signal, background, False, rng)
    test = select(signal, background, True, rng)
    save(train, test, out, demo_out, demo)
    describe(train)
    describe(test)
    wall, cpu = time.monotonic() - started, time.process_time() - cpu_started
    typer.echo(f"{wall:.0f} s of wall time, {cpu:.0f} s of processor time")


if __name__ == "__main__":
    typer.run(main)
