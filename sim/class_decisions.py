"""What the outputs of a classifier mean: where its scores are, which class they decide for, what labels say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Tensor

Reals = NDArray[np.float64]


def origin(graph: Graph, name: str) -> str:
    """The tensor that stands for the output of the model from which an output is derived."""
    while name in graph.derived:
        name = graph.derived[name]
    return name


def cut(scores: Tensor) -> float:
    """The value above which a single score means class 1: 0 for a logit, 0.5 for a score that is never negative."""
    return 0.0 if int(scores.low.min()) < 0 else 0.5


def decided(values: Reals, at: float) -> NDArray[np.int64]:
    """The class of each event: that of the largest value, ties to the lowest index; of one value, see ``cut``.

    Args:
        values: Shape (events, classes), or (events, 1).
        at: The cut.
    """
    return np.asarray(values.argmax(axis=1) if values.shape[1] > 1 else values[:, 0] > at, np.int64)


def class_numbers(labels: NDArray[Any] | None, events: int, classes: int) -> NDArray[np.int64] | None:
    """The class of each event, shape (events,); ``None`` if the labels are not those of such a classifier.

    Args:
        labels: Class numbers or one-hot vectors.
        events: Number of events.
        classes: Elements of the output; one stands for two classes, 0 and 1.
    """
    if labels is None or len(labels) != events:
        return None
    flat = np.asarray(labels).reshape(len(labels), -1)
    if flat.dtype.kind not in "biuf":
        return None
    if classes == 1:
        binary = flat.shape[1] == 1 and bool(np.all((flat == 0) | (flat == 1)))
        return np.asarray(flat[:, 0], np.int64) if binary else None
    if flat.shape[1] == classes and np.all((flat == 0) | (flat == 1)) and np.all(flat.sum(axis=1) == 1):
        return np.asarray(flat.argmax(axis=1), np.int64)
    if flat.shape[1] == 1 and np.all((flat >= 0) & (flat < classes) & (flat == np.floor(flat))):
        return np.asarray(flat[:, 0], np.int64)
    return None
