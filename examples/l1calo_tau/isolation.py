"""What a trigger does without a network: one isolation variable and a cut.

All are ratios of sums over the window of `windows.py`, larger for a more isolated candidate. They need no
training and, except for the division, a handful of adders each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Inputs = NDArray[np.float32]
Array = NDArray[np.float64]

EM = 0  # the layer's index in a window; defined here, so that looking at the data needs no Pythia


def region(x: Inputs, size: int) -> Array:
    """Sums of the middle `size` x `size` towers, shape (windows, 2): EM and HAD."""
    first = (x.shape[1] - size) // 2
    middle = x[:, first : first + size, first : first + size]
    return np.asarray(middle.sum(axis=(1, 2), dtype=np.float64))


def core_fraction(x: Inputs, size: int) -> Array:
    """ET(2 x 2) / ET(size x size) of both layers together; the core is never empty."""
    fraction: Array = region(x, 2).sum(axis=1) / region(x, size).sum(axis=1)
    return fraction


def em_ring(x: Inputs) -> Array:
    """- (ET(4 x 4) - ET(2 x 2)) / ET(2 x 2), the ring in EM alone and the core in both layers.

    Source: the isolation sum of the ATLAS cluster processor (twelve EM towers around the core), here as a
    fraction of the core instead of with thresholds that depend on it.
    """
    core = region(x, 2)
    negative_ring: Array = core[:, EM] - region(x, 4)[:, EM]
    return np.asarray(negative_ring / core.sum(axis=1))


def baselines(x: Inputs) -> dict[str, Array]:
    """Each variable by its name in table and plot."""
    return {
        "core / 6 x 6": core_fraction(x, 6),
        "core / 4 x 4": core_fraction(x, 4),
        "EM ring / core": em_ring(x),
    }
