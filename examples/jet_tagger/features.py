"""The sixteen high-level features of a jet.

They are those of the hls4ml jet tagger (arXiv:1709.08705, arXiv:1804.06913) except for one: girth replaces
D2(1, 1), which equals D2(1).

Notation: z_i = pT_i / sum(pT) of the constituents in question, R_ij the distance of two of them in rapidity
and azimuth. With a <= b <= c the three distances of a triple, the energy correlation functions are

    e2(B)   = sum_{i<j}   z_i z_j     R_ij^B
    1e3(B)  = sum_{i<j<k} z_i z_j z_k a^B
    2e3(B)  = sum_{i<j<k} z_i z_j z_k (a b)^B
    3e3(B)  = sum_{i<j<k} z_i z_j z_k (a b c)^B        (e3 without a prefix means this one)

Source: arXiv:1305.0007 (e2, e3), arXiv:1609.07483 (the prefixed ones).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.integers import ceil_div
from examples.jet_tagger.events import Jet

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

FEATURE_NAMES = (
    "zlogz",
    "girth",
    "multiplicity",
    "mass_mmdt",
    "c1_b0_mmdt",
    "c1_b1_mmdt",
    "c1_b2_mmdt",
    "c2_b1_mmdt",
    "c2_b2_mmdt",
    "d2_b1_mmdt",
    "d2_b2_mmdt",
    "d2_a1_b2_mmdt",
    "m2_b1_mmdt",
    "m2_b2_mmdt",
    "n2_b1_mmdt",
    "n2_b2_mmdt",
)


@dataclass(frozen=True)
class Correlators:
    """e2 and e3 of one jet for one angular exponent B; the equations are in the module's docstring."""

    e2: float
    e3_one_angle: float
    e3_two_angles: float
    e3: float


def pairs(count: int) -> tuple[Indices, Indices]:
    """All i < j < count."""
    first, second = np.triu_indices(count, 1)
    return first, second


@cache
def triple_table(count: int) -> tuple[Indices, Indices, Indices]:
    """All i < j < k < count, ordered by k first, so the triples of fewer particles are a prefix of the table."""
    first, second, third = [], [], []
    for k in range(2, count):
        i, j = pairs(k)
        first.append(i)
        second.append(j)
        third.append(np.full(i.size, k, dtype=np.intp))
    return np.concatenate(first), np.concatenate(second), np.concatenate(third)


def triples(count: int) -> tuple[Indices, Indices, Indices]:
    """All i < j < k < count, cut from a table that grows in steps of 64 particles."""
    table_size = 64 * ceil_div(count, 64)
    used = count * (count - 1) * (count - 2) // 6
    first, second, third = triple_table(table_size)
    return first[:used], second[:used], third[:used]


def distances(particles: Array) -> Array:
    """Matrix of R_ij = sqrt(dy^2 + dphi^2), shape (n, n), for columns (pT, rapidity, azimuth)."""
    rapidity, azimuth = particles[:, 1], particles[:, 2]
    d_rapidity = rapidity[:, None] - rapidity[None, :]
    d_azimuth = np.remainder(azimuth[:, None] - azimuth[None, :] + np.pi, 2 * np.pi) - np.pi
    return np.asarray(np.hypot(d_rapidity, d_azimuth), dtype=np.float64)


def correlators(particles: Array, exponents: tuple[int, ...]) -> dict[int, Correlators]:
    """The correlators for each exponent B, exact sums; `particles` has columns (pT, rapidity, azimuth)."""
    z = particles[:, 0] / particles[:, 0].sum()
    distance = distances(particles)
    i, j = pairs(len(z))
    pair_weight, pair_distance = z[i] * z[j], distance[i, j]
    i, j, k = triples(len(z))
    weight = z[i] * z[j] * z[k]
    r_ij, r_ik, r_jk = distance[i, j], distance[i, k], distance[j, k]
    smallest = np.minimum(np.minimum(r_ij, r_ik), r_jk)
    largest = np.maximum(np.maximum(r_ij, r_ik), r_jk)
    middle = np.maximum(np.minimum(r_ij, r_ik), np.minimum(np.maximum(r_ij, r_ik), r_jk))
    two = smallest * middle
    three = two * largest
    return {
        exponent: Correlators(
            e2=float(pair_weight @ pair_distance**exponent),
            e3_one_angle=float(weight @ smallest**exponent),
            e3_two_angles=float(weight @ two**exponent),
            e3=float(weight @ three**exponent),
        )
        for exponent in exponents
    }


def ratio(numerator: float, denominator: float) -> float:
    """The quotient, or 0 if a jet has too few constituents for a nonzero denominator."""
    return numerator / denominator if denominator > 0.0 else 0.0


def c1(e: Correlators) -> float:
    """C1(B) = e2(B). Source: arXiv:1305.0007; for B = 0 it is (1 - sum z^2) / 2, the momentum dispersion."""
    return e.e2


def c2(e: Correlators) -> float:
    """C2(B) = e3(B) / e2(B)^2. Source: arXiv:1305.0007."""
    return ratio(e.e3, e.e2**2)


def d2(numerator: Correlators, alpha: int, denominator: Correlators, beta: int) -> float:
    """D2(A, B) = e3(A) / e2(B)^(3 A / B), and D2(B) = D2(B, B).

    Source: arXiv:1409.6298 (A = B), arXiv:1609.07483 (A != B).
    """
    return ratio(numerator.e3, denominator.e2 ** (3 * alpha / beta))


def m2(e: Correlators) -> float:
    """M2(B) = 1e3(B) / e2(B). Source: arXiv:1609.07483."""
    return ratio(e.e3_one_angle, e.e2)


def n2(e: Correlators) -> float:
    """N2(B) = 2e3(B) / e2(B)^2. Source: arXiv:1609.07483."""
    return ratio(e.e3_two_angles, e.e2**2)


def zlogz(particles: Array) -> float:
    """sum_i z_i ln z_i, zero or negative. Source: arXiv:1709.08705."""
    z = particles[:, 0] / particles[:, 0].sum()
    return float(z @ np.log(z))


def girth(jet: Jet) -> float:
    """sum_i z_i R_i,axis, the first radial moment (also called width). Source: arXiv:1106.3076."""
    axis = np.array([[jet.pt, jet.rapidity, jet.azimuth]])
    with_axis = np.concatenate([axis, jet.constituents])
    z = jet.constituents[:, 0] / jet.constituents[:, 0].sum()
    return float(z @ distances(with_axis)[0, 1:])


def jet_features(jet: Jet) -> Array:
    """The features in the order of `FEATURE_NAMES`, raw: mass in GeV, everything else without a unit.

    The first three use all constituents of the jet, the others those kept by the grooming (suffix `_mmdt`).
    """
    e = correlators(jet.groomed, (0, 1, 2))
    return np.array(
        [
            zlogz(jet.constituents),
            girth(jet),
            len(jet.constituents),
            jet.groomed_mass,
            *(c1(e[beta]) for beta in (0, 1, 2)),
            *(c2(e[beta]) for beta in (1, 2)),
            *(d2(e[beta], beta, e[beta], beta) for beta in (1, 2)),
            d2(e[1], 1, e[2], 2),
            *(m2(e[beta]) for beta in (1, 2)),
            *(n2(e[beta]) for beta in (1, 2)),
        ],
        dtype=np.float64,
    )
