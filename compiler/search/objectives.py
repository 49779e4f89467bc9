"""What a search improves, computed from the outputs of a network, with statistical errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.roc_curve import area, area_error, class_score, efficiency, efficiency_error, share_error


@dataclass(frozen=True)
class Figure:
    """A number with its statistical error."""

    value: float
    error: float


@dataclass(frozen=True)
class Judgement:
    """How outputs are judged.

    Attributes:
        objective: ``accuracy``, ``auc``, ``efficiency`` or ``resolution``.
        rate: For ``efficiency``: share of the other events that may pass.
        signal: For ``efficiency``: the class whose share is counted.
    """

    objective: str
    rate: float
    signal: int

    def loss(self, value: float) -> float:
        """What is to become small: the objective itself if it is a resolution, or what it lacks to 1."""
        return value if self.objective == "resolution" else 1 - value

    def figure(self, outputs: Reals, y: NDArray[Any]) -> Figure:
        """The objective.

        Args:
            outputs: Logits, shape (events, classes), or (events, 1) for two classes; of a regression, as its targets.
            y: Class of each event; of a regression, targets, shape (events, targets).
        """
        if self.objective == "resolution":
            return resolution(outputs - y)
        if self.objective == "accuracy":
            decided = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0
            right = float(np.mean(decided == y))
            return Figure(right, share_error(right, len(y)))
        if self.objective == "efficiency":
            is_signal = y == self.signal
            score = class_score(outputs, self.signal)
            return Figure(efficiency(score, is_signal, self.rate), efficiency_error(score, is_signal, self.rate))
        labels = np.unique(y) if outputs.shape[1] > 1 else np.array([1])
        found_areas = [area(class_score(outputs, label), y == label) for label in labels.tolist()]
        errors = [area_error(own, y == label) for own, label in zip(found_areas, labels.tolist(), strict=True)]
        return Figure(float(np.mean(found_areas)), float(np.sqrt(np.sum(np.square(errors))) / len(errors)))


def resolution(residuals: Reals) -> Figure:
    """Half of the width of the interval that holds the central 68.27 % of the residuals, the mean over the targets.

    The error is that for residuals with the distribution of Gauss: of both quantiles, with their correlation.
    """
    ends = np.quantile(residuals, [0.15865, 0.84135], axis=0)
    value = float(np.mean(ends[1] - ends[0]) / 2)
    return Figure(value, 0.962 * value / float(np.sqrt(residuals.size)))
