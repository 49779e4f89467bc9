"""Pile-up and digitisation: what the trigger sees of an event.

Minimum-bias collisions are simulated once. Each bunch crossing overlays a Poisson number of them, drawn
from that pool with replacement, each rotated by a random number of towers in phi and half of them mirrored
in eta.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from examples.l1calo_tau.calorimeter import ETA_BINS, LAYERS, PHI_BINS, deposit
from examples.l1calo_tau.events import MINIMUM_BIAS, generate_events

Towers = NDArray[np.float32]
Codes = NDArray[np.uint8]

LSB_GEV = 0.5  # transverse energy of one count
MAX_CODE = 255  # eight bits: 127.5 GeV, where a tower saturates
NOISE_GEV = (0.30, 0.35)  # standard deviation per tower, EM and HAD; assumed
THRESHOLD_GEV = 1.0  # a tower below it is set to zero; assumed


@dataclass(frozen=True)
class PileUp:
    """Minimum-bias collisions in the calorimeter and their mean number per bunch crossing.

    `pool`, shape (collisions, 48, 64, 2), holds transverse energies in GeV;
    `pedestal`, shape (48, 1, 2), is the mean transverse energy in GeV that pile-up adds to a tower.
    """

    pool: Towers
    mean: float
    pedestal: Towers

    def crossing(self, rng: np.random.Generator) -> Towers:
        """The towers of one bunch crossing's pile-up, in GeV."""
        total = np.zeros(self.pool.shape[1:], dtype=np.float32)
        count = rng.poisson(self.mean)
        picks = rng.integers(len(self.pool), size=count)
        turns = rng.integers(PHI_BINS, size=count)
        mirrored = rng.integers(2, size=count)
        for pick, turn, mirror in zip(picks, turns, mirrored, strict=True):
            collision = self.pool[pick, ::-1] if mirror else self.pool[pick]
            total[:, turn:] += collision[:, : PHI_BINS - turn]
            total[:, :turn] += collision[:, PHI_BINS - turn :]
        return total


def simulate_pile_up(collisions: int, mean: float, seed: int, rng: np.random.Generator) -> PileUp:
    """Runs Pythia for the pool and measures the pedestal on it, averaged over phi and over +-eta."""
    events = islice(generate_events(MINIMUM_BIAS, seed), collisions)
    pool = np.stack([deposit(event.particles, rng) for event in events])
    per_ring = pool.mean(axis=(0, 2), dtype=np.float64)
    pedestal = mean * (per_ring + per_ring[::-1])[:, None, :] / 2
    return PileUp(pool, mean, pedestal.astype(np.float32))


def digitise(towers: Towers, pedestal: Towers, rng: np.random.Generator) -> Codes:
    """Trigger-tower codes of transverse energies in GeV, both of shape (48, 64, 2).

        code = min(round((ET - pedestal + noise) / LSB), 255), or 0 below the threshold

    The pedestal stands for the correction of the baseline provided by the pulse shape and the Run-2
    preprocessor. Source: PoS(EPS-HEP2017) 806, "dynamic pedestal correction".
    """
    noise = rng.normal(0.0, NOISE_GEV, size=(ETA_BINS, PHI_BINS, LAYERS))
    transverse = towers - pedestal + noise
    transverse[transverse < THRESHOLD_GEV] = 0.0
    return np.minimum(np.rint(transverse / LSB_GEV), MAX_CODE).astype(np.uint8)


def occupancy(crossings: Iterable[Codes]) -> tuple[float, float]:
    """The fraction of EM and of HAD towers with a nonzero code."""
    em, had = np.mean([(codes > 0).mean(axis=(0, 1)) for codes in crossings], axis=0)
    return float(em), float(had)
