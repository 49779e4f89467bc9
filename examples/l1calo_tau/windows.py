"""Tau candidates: local maxima of a sliding 2 x 2 sum, and the 8 x 8 x 2 towers around each.

The four towers of the maximum are the core. They are in the middle of the window, rows and columns 3 and 4:

    . . . . . . . .        a 3 x 3 convolution turns the 8 x 8 towers into 6 x 6 values, of which the middle
    . o o o o o o .        2 x 2 see the whole core; pooling by 2 x 2 makes them the middle of 3 x 3.
    . o i i i i o .
    . o i C C i o .        C  core, 2 x 2 towers
    . o i C C i o .        i  ring of the 4 x 4 region around it
    . o i i i i o .        o  ring of the 6 x 6 region
    . o o o o o o .
    . . . . . . . .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from examples.l1calo_tau.calorimeter import ETA_BINS, ETA_WIDTH, MAX_ETA, PHI_BINS, PHI_WIDTH
from examples.l1calo_tau.events import Array
from examples.l1calo_tau.towers import LSB_GEV, Codes

WINDOW = 8  # towers along eta and phi
MARGIN = WINDOW // 2 - 1  # towers of the window in front of the core
NEIGHBOURHOOD = 2  # a core is the largest of all whose corner is at most this many towers away, in eta and phi
MIN_CORE_GEV, MAX_CORE_GEV = 12.0, 60.0
MATCH_RADIUS = 0.2  # largest distance in (eta, phi) between the core's centre and a true tau
MIN_VISIBLE_PT_GEV = 20.0


@dataclass(frozen=True)
class Candidate:
    """A window of codes, shape (8, 8, 2), with the core's transverse energy in GeV and centre."""

    codes: Codes
    core_et: float
    eta: float
    phi: float


def core_sums(codes: Codes) -> NDArray[np.int64]:
    """Sums over 2 x 2 towers and both layers in counts, shape (47, 64); sum (i, j) begins at tower (i, j)."""
    layers: NDArray[np.int64] = codes.sum(axis=2, dtype=np.int64)
    pairs: NDArray[np.int64] = layers + np.roll(layers, -1, axis=1)
    return pairs[:-1] + pairs[1:]


def local_maxima(sums: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Marks the sums that beat all others of their neighbourhood; of equal ones the last in (i, j) wins."""
    ranked = sums * sums.size + np.arange(sums.size).reshape(sums.shape)
    reach, width = NEIGHBOURHOOD, 2 * NEIGHBOURHOOD + 1
    padded = np.pad(np.pad(ranked, ((reach, reach), (0, 0))), ((0, 0), (reach, reach)), mode="wrap")
    views = np.lib.stride_tricks.sliding_window_view(padded, (width, width))
    is_largest: NDArray[np.bool_] = ranked == views.max(axis=(2, 3))
    return is_largest


def find_candidates(codes: Codes) -> list[Candidate]:
    """All candidates of a crossing whose window lies within |eta| < 2.4, hence with |eta| <= 2.0."""
    sums = core_sums(codes)
    in_range = (sums >= MIN_CORE_GEV / LSB_GEV) & (sums < MAX_CORE_GEV / LSB_GEV)
    candidates = []
    for row, column in zip(*np.nonzero(local_maxima(sums) & in_range), strict=True):
        first_row = int(row) - MARGIN
        if first_row < 0 or first_row + WINDOW > ETA_BINS:
            continue
        columns = np.arange(column - MARGIN, column - MARGIN + WINDOW) % PHI_BINS
        candidates.append(
            Candidate(
                codes=codes[first_row : first_row + WINDOW][:, columns],
                core_et=float(sums[row, column]) * LSB_GEV,
                eta=(int(row) + 1) * ETA_WIDTH - MAX_ETA,
                phi=(int(column) + 1) * PHI_WIDTH,
            )
        )
    return candidates


def is_tau(candidate: Candidate, taus: Array) -> bool:
    """Whether a hadronic tau of enough visible pT points at the core; `taus` as in `events.Event`."""
    pt, eta, phi = taus.T
    d_phi = np.remainder(phi - candidate.phi + np.pi, 2 * np.pi) - np.pi
    matched = np.hypot(eta - candidate.eta, d_phi) < MATCH_RADIUS
    return bool(np.any(matched & (pt > MIN_VISIBLE_PT_GEV)))
