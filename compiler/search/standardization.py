"""What the host does to features before it rounds them: ``(x - mean) * factor``, in float32."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Standardization:
    """Brings features to mean 0 and variance 1 on the training events.

    Attributes:
        means: Shape of an event, float32.
        factors: The same; 1 for a feature that is the same in all events.
    """

    means: NDArray[np.float32]
    factors: NDArray[np.float32]

    @property
    def changes(self) -> bool:
        """Whether it does anything."""
        return bool((self.means != 0).any() or (self.factors != 1).any())

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standardised features, float32, exactly what the host computes."""
        return np.asarray((x - self.means) * self.factors, np.float32)


def standardization(x: NDArray[np.float32], wanted: bool) -> Standardization:
    """The standardisation of a sample; one that changes nothing if it is not wanted.

    Features of vectors have their own mean and factor, the numbers of an image those of their channel.

    Args:
        x: Training events, shape (events, ...).
        wanted: Whether to standardise.
    """
    shape = x.shape[1:]
    if not wanted:
        return Standardization(np.zeros(shape, np.float32), np.ones(shape, np.float32))
    channels = x.reshape(-1, shape[-1]).astype(np.float64)
    means, spread = channels.mean(axis=0), channels.std(axis=0)
    factors = np.where(spread > _TINY, 1 / np.maximum(spread, _TINY), 1.0)
    return Standardization(*(np.broadcast_to(own.astype(np.float32), shape).copy() for own in (means, factors)))
