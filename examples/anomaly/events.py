"""Toy events of a trigger: trigger objects of common events and of a rare heavy particle, drawn from simple spectra.

    python -m examples.anomaly.events

An event is a list of 19 objects, (pT, eta, phi) each, as a global trigger sees them: missing energy, 4 electrons or
photons, 4 muons, 10 jets, sorted by pT, zeros where there is none: 57 numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
KINDS = {"met": 1, "egamma": 4, "muon": 4, "jet": 10}
FEATURES = 3 * sum(KINDS.values())
PT_SCALE = 32.0  # GeV per unit of the network's input
SPECTRUM = 4.5  # common pT falls with this power

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spectra:
    """What a kind of event consists of.

    Attributes:
        jets: Mean number of jets.
        hard: Mean pT in GeV of the exponential part of jets and leptons; 0 for common events.
        lepton: Probability of each electron, photon or muon.
        met: Mean missing energy in GeV.
    """

    jets: float
    hard: float
    lepton: float
    met: float


COMMON = Spectra(jets=2.5, hard=0.0, lepton=0.04, met=12.0)
HEAVY = Spectra(jets=5.0, hard=60.0, lepton=0.2, met=60.0)


def events(kind: Spectra, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Inputs of the network, float32, shape (count, 57): pT in units of 32 GeV, eta, phi."""
    parts = [_met(kind, count, rng)]
    for name, slots in list(KINDS.items())[1:]:
        present = _present(kind, name, (count, slots), rng)
        parts.append(_objects(kind, present, rng))
    return np.concatenate(parts, axis=1).reshape(count, FEATURES).astype(np.float32)


def _present(kind: Spectra, name: str, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which slots of a kind of object are filled."""
    if name != "jet":
        return rng.random(shape) < kind.lepton
    number = np.minimum(rng.poisson(kind.jets, shape[0]), shape[1])
    return np.arange(shape[1]) < number[:, np.newaxis]


def _objects(kind: Spectra, present: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """Objects sorted by falling pT, shape (events, slots, 3)."""
    pt = 10.0 * (1.0 - rng.random(present.shape)) ** (-1.0 / SPECTRUM)
    if kind.hard:
        pt = pt + rng.exponential(kind.hard, present.shape)
    pt = -np.sort(-np.where(present, pt, 0.0), axis=1)
    filled = pt > 0
    eta = np.where(filled, rng.normal(0.0, 1.2, pt.shape), 0.0)
    phi = np.where(filled, rng.uniform(-np.pi, np.pi, pt.shape), 0.0)
    return np.stack([pt / PT_SCALE, eta, phi], axis=2)


def _met(kind: Spectra, count: int, rng: np.random.Generator) -> Floats:
    pt = rng.exponential(kind.met, (count, 1))
    return np.stack([pt / PT_SCALE, np.zeros_like(pt), rng.uniform(-np.pi, np.pi, pt.shape)], axis=2)


def main(
    out: Annotated[Path, typer.Option(help="The committed test sample.")] = HERE / "events.npz",
    count: Annotated[int, typer.Option(min=1, help="Events of each kind.")] = 1000,
    seed: Annotated[int, typer.Option(min=0)] = 2,
) -> None:
    """Writes `x` (events, 57) and `y`: 0 common, 1 heavy."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([events(kind, count, rng) for kind in (COMMON, HEAVY)])
    np.savez_compressed(out, x=x, y=np.repeat(np.arange(2), count))


if __name__ == "__main__":
    typer.run(main)
