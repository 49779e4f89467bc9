"""What is to be trained, and what comes of it; knows no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Outputs = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """A training.

    Attributes:
        description: The model as Keras describes it.
        kernels: Names of the layers with weights.
        x: Standardised training events.
        y: What the outputs are to be: class numbers, or 0 and 1 for one output.
        weights: How much each training event counts; ``None`` if all count alike.
        validation: Standardised validation events.
        score: The quality of outputs for the validation events; more is better.
        binary: Whether there is one output, for two classes.
        epochs: At most so many.
        seed: Determines initial weights and the order of events.
        pruning: Share of the weights of every layer that are zero at the end.
        kept: Which weights of a kernel stay, for a share.
    """

    description: Mapping[str, Any]
    kernels: tuple[str, ...]
    x: NDArray[np.float32]
    y: NDArray[Any]
    weights: NDArray[np.float32] | None
    validation: NDArray[np.float32]
    score: Callable[[Outputs], float]
    binary: bool
    epochs: int
    seed: int
    pruning: float
    kept: Callable[[NDArray[np.floating], float], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained model.

    Attributes:
        weights: Kernel and bias by layer.
        losses: Mean loss of the training events, by epoch.
        scores: Quality on the validation events, by epoch.
        best: The epoch from which the weights are, from 0.
        file: The model as a .keras file.
    """

    weights: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    losses: tuple[float, ...]
    scores: tuple[float, ...]
    best: int
    file: bytes
