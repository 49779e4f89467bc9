"""What is known of the numbers that weights multiply: their squares and how they vary together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.integers import ceil_div

_ELEMENTS = 1 << 23  # numbers gathered
_MOST_WEIGHTS = 2048  # of an output: the work that the covariance is for grows with the cube


@dataclass(frozen=True, eq=False)
class Moments:
    """Of the numbers that the weights of an output channel multiply; groups of channels read different ones.

    Attributes:
        squares: Their mean squares, shape (groups, weights).
        covariance: Shape (groups, weights, weights); ``None`` for more weights than are rounded together.
    """

    squares: Reals
    covariance: Reals | None

    def importance(self, channels: int) -> Reals:
        """The mean square that belongs to each weight, shape (weights, channels)."""
        return np.repeat(self.squares.T, channels // len(self.squares), axis=1)


def moments_of(layer: Layer, value: Reals) -> Moments | None:
    """The moments for events.

    Args:
        layer: A layer with a kernel or not.
        value: What it reads; shape (events, ...).

    Returns:
        ``None`` if there are no such weights.
    """
    first = layer.factors(value[:1])
    if first is None:
        return None
    events = value[:: max(ceil_div(len(value) * first.size, _ELEMENTS), 1)]
    factors = layer.factors(events)
    assert factors is not None
    squares = np.mean(factors**2, axis=1)
    if factors.shape[2] > _MOST_WEIGHTS:
        return Moments(squares, None)
    centred = factors - factors.mean(axis=1, keepdims=True)
    return Moments(squares, centred.transpose(0, 2, 1) @ centred / factors.shape[1])
