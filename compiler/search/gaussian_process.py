"""What a number may be expected to be for features at which it is not known: a Gaussian process.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, algorithm 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.ir.source import Reals

_LENGTHS, _NOISES = (1.0, 2.0, 4.0), (0.01, 0.1, 0.4)  # in spreads of the features; as a share of the variance
_LEAST_SPREAD = 1e-3  # of values, so that equal ones do not make it certain of everything


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """Values as a function of features; built by ``of``.

    Attributes:
        centre: Mean of the features.
        width: Their spread.
        x: Scaled features of what is known, shape (values, features).
        mean: Mean of the values.
        spread: Of the values.
        length: Over which values are similar.
        noise: Share of the variance that features do not explain.
        solved: The values, divided by their covariance.
    """

    centre: Reals
    width: Reals
    x: Reals
    mean: float
    spread: float
    length: float
    noise: float
    solved: Reals

    @classmethod
    def of(cls, features: Sequence[Sequence[float]], values: Sequence[float]) -> GaussianProcess:
        """The model of the length and noise that make what is known most likely.

        Args:
            features: Of every value.
            values: At least one.
        """
        raw, known = np.asarray(features, np.float64), np.asarray(values, np.float64)
        centre, width = raw.mean(axis=0), raw.std(axis=0)
        width = np.where(width > 0, width, 1.0)
        x, mean = (raw - centre) / width, float(known.mean())
        spread = max(float(known.std()), _LEAST_SPREAD)
        y = (known - mean) / spread
        likely = []
        for length in _LENGTHS:
            for noise in _NOISES:
                covariance = _similar(x, x, length) + noise * np.eye(len(x))
                solved = np.linalg.solve(covariance, y)
                likely.append((float(y @ solved + np.linalg.slogdet(covariance)[1]), length, noise, solved))
        _, length, noise, solved = min(likely, key=lambda one: one[:3])
        return cls(centre, width, x, mean, spread, length, noise, solved)

    def expected(self, features: Sequence[float]) -> tuple[float, float]:
        """Mean and standard deviation of a value."""
        own = ((np.asarray(features, np.float64) - self.centre) / self.width)[np.newaxis]
        near = _similar(own, self.x, self.length)[0]
        covariance = _similar(self.x, self.x, self.length) + self.noise * np.eye(len(self.x))
        variance = max(1 + self.noise - float(near @ np.linalg.solve(covariance, near)), self.noise)
        return self.mean + self.spread * float(near @ self.solved), self.spread * float(np.sqrt(variance))


def _similar(left: Reals, right: Reals, length: float) -> Reals:
    """Correlation of the values of all pairs."""
    squares = ((left[:, np.newaxis] - right[np.newaxis]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-squares / (2 * length**2)))
