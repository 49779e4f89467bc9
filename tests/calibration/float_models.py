"""Float Keras models written without Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.frontend import handmade as hand

Arrays = dict[str, Any]


def layer(kind: str, name: str, **config: Any) -> hand.Json:
    return {"class_name": kind, "config": {"name": name, **config}}


def dense(name: str, units: int, **config: Any) -> hand.Json:
    return layer("Dense", name, units=units, **{"activation": "linear", "use_bias": True, **config})


def normalization(name: str) -> hand.Json:
    return layer("BatchNormalization", name, axis=[-1], epsilon=0.001)


def statistics(name: str, channels: int, rng: np.random.Generator) -> Arrays:
    drawn = {"gamma": 1 + 0.3 * rng.standard_normal(channels), "beta": rng.standard_normal(channels)}
    drawn |= {"moving_mean": rng.standard_normal(channels), "moving_variance": rng.uniform(0.2, 3, channels)}
    return {f"{name}__{part}": values for part, values in drawn.items()}


def weights(name: str, shape: tuple[int, ...], rng: np.random.Generator, bias: bool = True) -> Arrays:
    kernel = rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))
    return {f"{name}__kernel": kernel} | ({f"{name}__bias": 0.2 * rng.standard_normal(shape[-1])} if bias else {})


def write(folder: Path, layers: list[hand.Json], shape: tuple[int, ...], arrays: Arrays) -> tuple[Path, Path]:
    """``m.json`` and ``w.h5``."""
    return hand.write(folder, hand.sequential(*layers, shape=(None, *shape)), hand.weights(**arrays))


def classifier(folder: Path, seed: int = 3) -> tuple[Path, Path]:
    """6-12-8-3 with ReLU and a softmax."""
    rng = np.random.default_rng(seed)
    layers = [dense("fc1", 12, activation="relu"), dense("fc2", 8, activation="relu"), dense("out", 3)]
    arrays = weights("fc1", (6, 12), rng) | weights("fc2", (12, 8), rng) | weights("out", (8, 3), rng)
    return write(folder, [*layers, layer("Activation", "softmax", activation="softmax")], (6,), arrays)


def events(folder: Path, count: int = 400, seed: int = 5, shape: tuple[int, ...] = (6,)) -> Path:
    """``x.npz`` with labels of three classes."""
    rng = np.random.default_rng(seed)
    path = folder / "x.npz"
    np.savez(path, x=drawn(count, shape, seed), y=rng.integers(0, 3, count))
    return path


def drawn(count: int, shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((count, *shape))
