"""From particles to transverse energy in trigger towers: a calorimeter in a hundred lines.

The towers are 0.1 x 2 pi / 64 in (eta, phi) for |eta| < 2.4, in two layers: electromagnetic (EM) and hadronic
(HAD). Every particle

1. is bent in the solenoid, or curls up in it,
2. deposits its energy in EM (electrons, photons) or splits it over both layers (hadrons),
3. is measured with the resolution of its kind,
4. spreads sideways over the 3 x 3 towers around the point of impact.

Constants without a `Source:` are assumptions of the right order, not measurements by ATLAS.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from examples.l1calo_tau.events import Array

ETA_BINS, PHI_BINS, LAYERS = 48, 64, 2
GRID: Final = (ETA_BINS, PHI_BINS, LAYERS)
EM, HAD = 0, 1
MAX_ETA = 2.4
ETA_WIDTH = 2 * MAX_ETA / ETA_BINS
PHI_WIDTH = 2 * math.pi / PHI_BINS

# A particle of charge 1 reaches the radius R = 1.2 m of the field B = 2 T if pT > 0.3 B R / 2 (GeV, T, m).
# Source: B and R of the solenoid, JINST 3 (2008) S08003.
CURL_PT_GEV = 0.3 * 2.0 * 1.2 / 2

# Relative resolution, sigma / E = stochastic / sqrt(E) (+) constant, added in quadrature.
# Source: the design goals of JINST 3 (2008) S08003, table 1.1; single hadrons in the ATLAS barrel modules
# reached 58 % / sqrt(E) + 2.5 % (hep-ex/0004009).
EM_RESOLUTION = (0.10, 0.007)
HAD_RESOLUTION = (0.50, 0.03)

# Response to a pion relative to an electron: pi / e = 1 - (1 - h/e) (E / 1 GeV)^(m - 1).
# Source: D. Groom, NIM A 572 (2007) 633, which also gives m.
GROOM_M = 0.83
E_OVER_H = (1.74, 1.35)  # Source for EM: hep-ex/0004009. HAD is assumed.

EM_DEPTH = 1.5  # nuclear interaction lengths in front of the HAD layer
SHOWER_LENGTH = 1.0  # interaction lengths over which a hadronic shower loses 1 - 1/e of its energy
MIP_ENERGY_GEV = 0.4  # what a hadron leaves in EM when it has not interacted there

LATERAL_SCALE = (0.012, 0.04)  # of the exponential shower profile, in eta and in phi, for EM and HAD


def deposit(particles: Array, rng: np.random.Generator) -> NDArray[np.float32]:
    """Transverse energy in GeV in each tower, shape `GRID`, for particles as in `events.Event`."""
    species, _, energy, _, eta, phi = bend(particles).T
    is_em = (species == 22) | (species == 11)
    fractions = split_over_layers(energy, is_em, rng)
    stochastic, constant = np.where(is_em[:, None], EM_RESOLUTION, HAD_RESOLUTION).T
    resolution = np.hypot(stochastic / np.sqrt(energy), constant)
    measured = energy * np.maximum(rng.normal(1.0, resolution), 0.0)
    transverse = (measured / np.cosh(eta))[:, None] * fractions
    towers = np.zeros(GRID)
    for layer, is_hadron in ((EM, False), (EM, True), (HAD, True)):
        rows = is_em != is_hadron
        scale = LATERAL_SCALE[HAD if is_hadron else EM]
        towers[:, :, layer] += spread(transverse[rows, layer], eta[rows], phi[rows], scale)
    return towers.astype(np.float32)


def bend(particles: Array) -> Array:
    """Moves charged particles to where they leave the solenoid and drops those that never do.

    A track of transverse momentum pT crosses the radius R at phi -+ asin(0.3 B R / (2 pT)). Eta is unchanged.
    """
    charge, pt = particles[:, 1], particles[:, 3]
    kept: Array = particles[(charge == 0) | (pt > CURL_PT_GEV)].copy()
    kept[:, 5] -= kept[:, 1] * np.arcsin(np.minimum(CURL_PT_GEV / np.maximum(kept[:, 3], 1e-9), 1.0))
    return kept


def split_over_layers(energy: Array, is_em: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    """The part of each particle's energy that is seen in EM and in HAD, shape (particles, 2).

    A hadron starts to shower after t interaction lengths, t drawn from exp(-t). If t < D, the depth of EM,

        f = 1 - exp(-(D - t) / SHOWER_LENGTH)

    of the energy is deposited there and the rest in HAD; otherwise EM sees a minimum-ionising particle. Both parts
    are measured on the electromagnetic scale, hence reduced by pi / e of their layer.
    """
    start = rng.exponential(1.0, energy.size)
    in_em = np.where(
        start < EM_DEPTH,
        -np.expm1(-(EM_DEPTH - start) / SHOWER_LENGTH),
        np.minimum(MIP_ENERGY_GEV / energy, 1.0),
    )
    hadronic = energy ** (GROOM_M - 1)
    em_response, had_response = (np.clip(1 - (1 - 1 / ratio) * hadronic, 0.0, 1.0) for ratio in E_OVER_H)
    em_part = np.where(is_em, 1.0, np.where(start < EM_DEPTH, em_response, 1.0) * in_em)
    had_part = np.where(is_em, 0.0, had_response * (1 - in_em))
    return np.stack([em_part, had_part], axis=1)


def tower_shares(position: Array, scale: float) -> Array:
    """How a shower is shared by its tower and the two neighbours, shape (particles, 3), each row sums to 1.

    The profile is exp(-|x| / b) / (2 b), so a fraction exp(-d / b) / 2 lies beyond an edge at distance d.
    `position` and `scale` = b are in units of the tower width.
    """
    offset = position - np.floor(position)
    below, above = np.exp(-offset / scale) / 2, np.exp(-(1 - offset) / scale) / 2
    return np.stack([below, 1 - below - above, above], axis=1)


def spread(transverse: Array, eta: Array, phi: Array, scale: float) -> Array:
    """One layer's towers, shape (48, 64), filled with `transverse` (GeV) at (eta, phi); phi wraps around."""
    eta_position, phi_position = (eta + MAX_ETA) / ETA_WIDTH, phi / PHI_WIDTH
    eta_shares = tower_shares(eta_position, scale / ETA_WIDTH)
    phi_shares = tower_shares(phi_position, scale / PHI_WIDTH)
    steps = np.arange(-1, 2)
    rows = np.floor(eta_position).astype(np.intp)[:, None] + steps
    columns = (np.floor(phi_position).astype(np.intp)[:, None] + steps) % PHI_BINS
    shares = np.where((rows >= 0) & (rows < ETA_BINS), eta_shares, 0.0)[:, :, None] * phi_shares[:, None, :]
    towers = np.clip(rows, 0, ETA_BINS - 1)[:, :, None] * PHI_BINS + columns[:, None, :]
    weights = (transverse[:, None, None] * shares).ravel()
    filled = np.bincount(towers.ravel(), weights, minlength=ETA_BINS * PHI_BINS)
    return filled.astype(np.float64).reshape(ETA_BINS, PHI_BINS)
