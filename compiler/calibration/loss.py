"""How far the outputs of a network with types are from those of the float model, as one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.real_curves import sigmoid, softmax

_TINY = 1e-300


@dataclass(frozen=True)
class Judge:
    """Compares outputs.

    Attributes:
        classes: Whether the outputs are logits, of several classes or of one score, rather than real numbers.
    """

    classes: bool

    def loss(self, wanted: Mapping[str, Reals], found: Mapping[str, Reals]) -> float:
        """The Kullback-Leibler divergence of the scores, or the mean square error in units of the variance.

        Args:
            wanted: Outputs of the float model by name.
            found: Outputs of the network.
        """
        return float(sum(self._loss(_flat(wanted[name]), _flat(found[name])) for name in wanted))

    def decisions(self, outputs: Mapping[str, Reals]) -> NDArray[np.int64] | None:
        """The decided class of each event; ``None`` if there is not one output of logits."""
        if not self.classes or len(outputs) != 1:
            return None
        values = _flat(next(iter(outputs.values())))
        decided = values.argmax(axis=1) if values.shape[1] > 1 else values[:, 0] > 0
        return np.asarray(decided, np.int64)

    def _loss(self, wanted: Reals, found: Reals) -> float:
        if not self.classes:
            return float(np.mean((found - wanted) ** 2) / max(wanted.var(axis=0).mean(), _TINY))
        right, other = _probabilities(wanted), _probabilities(found)
        return float(np.mean(np.sum(right * (np.log(right + _TINY) - np.log(other + _TINY)), axis=1)))


def rms_error(wanted: Mapping[str, Reals], found: Mapping[str, Reals]) -> float:
    """Root mean square error of the outputs, in units of their spread."""
    ratios = [
        np.mean((_flat(found[name]) - _flat(wanted[name])) ** 2) / max(_flat(wanted[name]).var(), _TINY)
        for name in wanted
    ]
    return float(np.sqrt(np.mean(ratios)))


def _probabilities(logits: Reals) -> Reals:
    if logits.shape[1] > 1:
        return softmax(logits)
    return np.concatenate([sigmoid(logits), sigmoid(-logits)], axis=1)


def _flat(values: Reals) -> Reals:
    return values.reshape(len(values), -1)
