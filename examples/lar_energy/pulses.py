"""Toy samples of a liquid-argon cell: one per bunch crossing, a bipolar pulse for every deposit, pile-up and noise.

python -m examples.lar_energy.pulses
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
SAMPLES = 5  # of a window; the deposit is in the crossing of the first
PULSE = np.array([0.15, 0.85, 1.0, 0.62, 0.22, -0.08, -0.2, -0.22, -0.21, -0.2, -0.2, -0.2, -0.19, -0.18, -0.15, -0.1])
NOISE = 0.02  # of a sample, in units of the energy scale
PILE_UP = 0.05  # mean of an exponential deposit in every crossing
SIGNAL, SIGNAL_RATE = 1.0, 0.1  # mean and probability of a larger one


def sequence(crossings: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples of one cell and the deposit of every crossing, shape (crossings,)."""
    deposit = rng.exponential(PILE_UP, crossings)
    deposit += np.where(rng.random(crossings) < SIGNAL_RATE, rng.exponential(SIGNAL, crossings), 0.0)
    deposit = np.minimum(deposit, 3.5)
    return np.convolve(deposit, PULSE)[:crossings] + rng.normal(0.0, NOISE, crossings), deposit


def windows(count: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Windows float32 (count, 5, 1), the newest sample last, and the deposit in the crossing of their first."""
    samples, deposit = sequence(count + SAMPLES - 1, rng)
    x = np.lib.stride_tricks.sliding_window_view(samples, SAMPLES)
    return x[..., np.newaxis].astype(np.float32), deposit[:count].astype(np.float32)


def main(
    out: Annotated[Path, typer.Option(help="The committed test sample.")] = HERE / "windows.npz",
    count: Annotated[int, typer.Option(min=1)] = 2000,
    seed: Annotated[int, typer.Option(min=0)] = 2,
) -> None:
    """Writes `x` (count, 5, 1) and the deposits `energy`."""
    x, energy = windows(count, np.random.default_rng(seed))
    np.savez_compressed(out, x=x, energy=energy)


if __name__ == "__main__":
    typer.run(main)
