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
        covariance: Of the numbers as they are read, shape (groups, weights, weights); ``None`` for more weights than
            are rounded together.
        crossed: Covariance of the numbers as they are read with those of the float model, the same shape.
    """

    squares: Reals
    covariance: Reals | None
    crossed: Reals | None

    def importance(self, channels: int) -> Reals:
        """The mean square that belongs to each weight, shape (weights, channels)."""
        return np.repeat(self.squares.T, channels // len(self.squares), axis=1)


def moments_of(layer: Layer, real: Reals, read: Reals | None = None) -> Moments | None:
    """The moments for events.

    Args:
        layer: A layer with a kernel or not.
        real: What it reads in the float model; shape (events, ...).
        read: What it reads in a network whose results are rounded; the same by default.

    Returns:
        ``None`` if there are no such weights.
    """
    first = layer.factors(real[:1])
    if first is None:
        return None
    events = slice(None, None, max(ceil_div(len(real) * first.size, _ELEMENTS), 1))
    wanted = _factors(layer, real[events])
    squares = np.mean(wanted**2, axis=1)
    if wanted.shape[2] > _MOST_WEIGHTS:
        return Moments(squares, None, None)
    centred = wanted - wanted.mean(axis=1, keepdims=True)
    if read is None:
        covariance = centred.transpose(0, 2, 1) @ centred / wanted.shape[1]
        return Moments(squares, covariance, covariance)
    found = _factors(layer, read[events])
    turned = (found - found.mean(axis=1, keepdims=True)).transpose(0, 2, 1)
    return Moments(squares, turned @ turned.transpose(0, 2, 1) / wanted.shape[1], turned @ centred / wanted.shape[1])


def _factors(layer: Layer, values: Reals) -> Reals:
    found = layer.factors(values)
    assert found is not None
    return found
