"""Events with the shapes of pd4ml's files, generated from simple formulas: no physics, but something to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_STORED = 200  # constituents
_CENTRE = 4  # row and column of the station in the middle


def clumps(events: int, generator: np.random.Generator) -> tuple[list[Array], Array]:
    """Histograms of momenta, 20x20; those of class 1 have clumps."""
    labels = generator.integers(0, 2, events)
    place = np.linspace(-2, 2, 20)
    smooth = np.exp(-(place[:, np.newaxis] ** 2 + place**2) / 2)
    expected = np.repeat(6 * smooth[np.newaxis], events, axis=0)
    for _ in range(4):
        row, column = generator.integers(4, 16, (2, events))
        rows, columns = (np.exp(-((np.arange(20) - centre[:, np.newaxis]) ** 2)) for centre in (row, column))
        expected += 3 * labels[:, np.newaxis, np.newaxis] * rows[:, :, np.newaxis] * columns[:, np.newaxis]
    return [generator.poisson(expected).astype(np.float32)], labels


def spectra(events: int, generator: np.random.Generator) -> tuple[list[Array], Array]:
    """Spectra in transverse momentum and azimuth, 24x24; those of class 1 fall more steeply and flow less."""
    labels = generator.integers(0, 2, events)
    momentum, azimuth = np.linspace(0, 2, 24), np.linspace(0, 2 * np.pi, 24, endpoint=False)
    slope = (2.2 + 0.25 * labels + generator.normal(0, 0.15, events))[:, np.newaxis, np.newaxis]
    flow = (0.12 - 0.04 * labels + generator.normal(0, 0.02, events))[:, np.newaxis, np.newaxis]
    plane = generator.uniform(0, 2 * np.pi, events)[:, np.newaxis, np.newaxis]
    rows = momentum[:, np.newaxis]
    expected = 60 * np.exp(-slope * rows) * (1 + 2 * flow * rows * np.cos(2 * (azimuth - plane)))
    return [generator.poisson(np.maximum(expected, 0)).astype(np.float32)], labels


def jets(events: int, generator: np.random.Generator) -> tuple[list[Array], Array]:
    """Energies and momenta of 200 constituents, the hardest first; jets of class 1 have three cores, others one."""
    labels = generator.integers(0, 2, events)
    count = generator.integers(20, 90, events)
    present = np.arange(_STORED) < count[:, np.newaxis]
    momentum = np.where(present, -np.sort(-generator.exponential(12, (events, _STORED)), axis=1), 0)
    cores = generator.normal(0, 0.3, (events, 3, 2)) * labels[:, np.newaxis, np.newaxis]
    core = cores[np.arange(events)[:, np.newaxis], generator.integers(0, 3, (events, _STORED))]
    rapidity, azimuth = np.moveaxis(core + generator.normal(0, 0.08, core.shape), -1, 0)
    parts = np.cosh(rapidity), np.cos(azimuth), np.sin(azimuth), np.sinh(rapidity)
    return [np.stack([momentum * part for part in parts], axis=-1).astype(np.float32)], labels


def showers(events: int, generator: np.random.Generator) -> tuple[list[Array], Array]:
    """Traces of 80 bins and arrival times of 9x9 stations; the label is the depth of the maximum of the shower.

    The deeper a shower, the longer the traces and the more curved its front. Stations without signal hold -1.
    """
    depth = generator.normal(750, 60, events)
    scaled = ((depth - 750) / 60)[:, np.newaxis, np.newaxis, np.newaxis]
    row, column = np.mgrid[:9, :9]
    distance = np.hypot(row - _CENTRE, column - _CENTRE)[np.newaxis, :, :, np.newaxis]
    length = 12 + 2.5 * distance + 2 * scaled
    bins = np.arange(80)
    signal = 200 * np.exp(-distance / 1.5) * np.exp(-bins / length) * generator.gamma(4, 0.25, (events, 9, 9, 80))
    time = distance**2 * (1 + 0.15 * scaled) + generator.normal(0, 0.3, (events, 9, 9, 1))
    silent = signal.sum(axis=3, keepdims=True) < 20
    return [np.where(silent, -1, signal).astype(np.float32), np.where(silent, -1, time).astype(np.float32)], depth
