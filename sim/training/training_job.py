"""What is to be trained, and what comes of it; knows no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Outputs = NDArray[np.float64]


class Loss(Enum):
    """What a training makes small."""

    CLASSES = "cross entropy of several classes"
    BINARY = "cross entropy of one output for two classes"
    VALUES = "mean square error, in units of the spread of the targets"


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """A training.

    Attributes:
        description: The model as Keras describes it, or, for HGQ2, as ``HgqFramework`` does.
        kernels: Names of the layers with weights.
        x: Standardised training events.
        y: What the outputs are to be: class numbers, 0 and 1 for one output, or values, shape (events, outputs).
        means: Added to what the trained layers compute: the last one gets it as a part of its bias.
        spreads: By which that is multiplied, as a part of the weights of the last layer.
        weights: How much each training event counts; ``None`` if all count alike.
        validation: Standardised validation events.
        score: Of outputs for the validation events: the objective, and a quality that is the better the larger it is.
        loss: What the training makes small.
        epochs: At most so many.
        seed: Determines initial weights and the order of events.
        pruning: Share of the weights of every layer that are zero at the end.
        training: What trains it: ``float``, ``qkeras`` or ``hgq2``.
        kept: Which weights of a kernel stay, for a share.
    """

    description: Mapping[str, Any]
    kernels: tuple[str, ...]
    x: NDArray[np.float32]
    y: NDArray[Any]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    weights: NDArray[np.float32] | None
    validation: NDArray[np.float32]
    score: Callable[[Outputs], tuple[float, float]]
    loss: Loss
    epochs: int
    seed: int
    pruning: float
    training: str
    kept: Callable[[NDArray[np.floating], float], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained model.

    Attributes:
        weights: Kernel and bias by layer.
        losses: Mean loss of the training events, by epoch.
        scores: Objective on the validation events, by epoch.
        best: The epoch from which the weights are, from 0.
        file: The model as a .keras file.
    """

    weights: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    losses: tuple[float, ...]
    scores: tuple[float, ...]
    best: int
    file: bytes
