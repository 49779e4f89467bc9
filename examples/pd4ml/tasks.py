"""Four of the shared tasks, and what a network reads of their events.

The events are those of the Python package pd4ml where the user has downloaded them; else they are generated, with the
same shapes and of a simple kind that a network can learn, to try everything that follows.

Source: L. Benato et al., "Shared Data and Algorithms for Deep Learning in Fundamental Physics", arXiv:2107.00656.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from examples.pd4ml import generated

Array = NDArray[Any]
CONSTITUENTS = 100  # of the 200 that are stored, as the published networks read them


@dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
        name: Of the class of pd4ml, which is also the folder of its file.
        file: Name of the file.
        stored: Shapes of the stored arrays of an event that are read.
        shape: Shape of the features of an event.
        regression: Whether the label is a number rather than a class, 0 or 1.
        features: From the stored arrays of all events to what a network reads.
        made: Stored arrays and labels of generated events, from their number and a generator.
    """

    name: str
    file: str
    stored: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]
    regression: bool
    features: Callable[[Sequence[Array]], Array]
    made: Callable[[int, np.random.Generator], tuple[list[Array], Array]]

    def load(self, folder: Path, split: str = "train") -> tuple[NDArray[np.float32], Array]:
        """Features and labels of the real events.

        Args:
            folder: The ``path`` that ``pd4ml.NAME.load`` was given, with its download in it.
            split: ``train`` or ``test``.

        Raises:
            DataError: If the file is missing, or is another one.
        """
        path = folder / self.name / self.file
        if not path.is_file():
            load = f"pd4ml.{self.name}.load({split!r}, path={str(folder)!r})"
            raise DataError(str(path), f"is not there; download it with {load}, or use generated events")
        with np.load(path, allow_pickle=False) as data:
            keys = [f"X_{split}_{number}" for number in range(len(self.stored))]
            missing = [key for key in (*keys, f"y_{split}") if key not in data]
            if missing:
                raise DataError(str(path), f"has no array {missing[0]}; it is not a file of pd4ml")
            arrays, labels = [data[key] for key in keys], data[f"y_{split}"]
        for key, array, shape in zip(keys, arrays, self.stored, strict=True):
            if array.shape != (len(labels), *shape):
                problem = f"array {key} has shape {array.shape}; that of an event of pd4ml is {shape}"
                raise DataError(str(path), problem)
        return self._read(arrays), labels

    def generate(self, events: int, seed: int = 1) -> tuple[NDArray[np.float32], Array]:
        """Features and labels of generated events."""
        arrays, labels = self.made(events, np.random.default_rng(seed))
        return self._read(arrays), labels

    def _read(self, arrays: Sequence[Array]) -> NDArray[np.float32]:
        return np.asarray(self.features(arrays), np.float32).reshape(-1, *self.shape)


def _counts(arrays: Sequence[Array]) -> Array:
    return arrays[0]


def _standardized(arrays: Sequence[Array]) -> Array:
    """Every bin with mean 0 and variance 1."""
    bins = arrays[0].astype(np.float64)
    spread = bins.std(axis=0)
    return np.asarray((bins - bins.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _relative(arrays: Sequence[Array]) -> Array:
    """Logarithms of transverse momentum and energy, and distances from the axis of the jet; 0 for absent ones."""
    energy, *momentum = np.moveaxis(arrays[0][:, :CONSTITUENTS].astype(np.float64), -1, 0)
    transverse = np.hypot(momentum[0], momentum[1])
    present = transverse > 0
    safe = np.where(present, transverse, 1)
    rapidity, azimuth = np.arcsinh(momentum[2] / safe), np.arctan2(momentum[1], momentum[0])
    jet = [part.sum(axis=1, keepdims=True) for part in momentum]
    axis = np.arcsinh(jet[2] / np.hypot(jet[0], jet[1])), np.arctan2(jet[1], jet[0])
    turned = np.mod(azimuth - axis[1] + np.pi, 2 * np.pi) - np.pi
    parts = np.log(safe), np.log(np.where(present, energy, 1)), rapidity - axis[0], turned
    return np.where(present[..., np.newaxis], np.stack(parts, axis=-1), 0)


def _traces(arrays: Sequence[Array]) -> Array:
    """Logarithms of the signals, and the time of the first particle relative to the mean of the shower."""
    signal, time = arrays[0].astype(np.float64), arrays[1].astype(np.float64)
    hit = time != -1
    hits = np.maximum(hit.sum(axis=(1, 2, 3), keepdims=True), 1)
    relative = np.where(hit, time - np.where(hit, time, 0).sum(axis=(1, 2, 3), keepdims=True) / hits, 0)
    spread = relative[hit].std() if hit.any() else 1.0
    return np.concatenate([np.log10(np.maximum(signal, 0) + 1), relative / (spread or 1.0)], axis=3)


TASKS = {
    task.name: task
    for task in (
        Task("Spinodal", "2_spinodal_29k.npz", ((20, 20),), (20, 20, 1), False, _counts, generated.clumps),
        Task("EOSL", "3_EOSL_or_EOSQ_180k.npz", ((24, 24),), (24, 24, 1), False, _standardized, generated.spectra),
        Task("TopTagging", "1_top_tagging_2M.npz", ((200, 4),), (CONSTITUENTS * 4,), False, _relative, generated.jets),
        Task(
            "Airshower",
            "4_airshower_100k_regression.npz",
            ((9, 9, 80), (9, 9, 1)),
            (81 * 81,),
            True,
            _traces,
            generated.showers,
        ),
    )
}
