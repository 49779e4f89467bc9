"""Weights rounded one after the other, each making up for the rounding of those before it, and of what they multiply.

The inputs of a layer are correlated, so the error of one weight can be undone to a large part by the next ones. So can
that of an input: what is rounded coarsely is given less weight where others say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer

FARTHEST = 3  # LSBs of a weight from its nearest number
_DAMPING = 1e-3  # of the mean second moment: what few events say about correlations is not taken at its word


def rounding_steps(
    kernel: Reals, covariance: Reals, crossed: Reals, quantizers: Sequence[FixedQuantizer]
) -> tuple[int, ...]:
    """By how many LSBs each weight is away from the nearest one, no more than ``FARTHEST``, in the order of the kernel.

    Args:
        kernel: Weights, output channels last.
        covariance: Of the numbers that the weights of an output multiply, shape (groups, inputs, inputs); the output
            channels belong to the groups in order.
        crossed: Covariance of these numbers with those of the float model.
        quantizers: The type of each output channel, or one for all.

    Source: the update after each weight is that of optimal brain surgery, B. Hassibi and D. Stork (NIPS 1992), in the
    order and with the Cholesky factor of E. Frantar et al., arXiv:2210.17323.
    """
    columns = kernel.reshape(len(covariance[0]), -1)
    channels = columns.shape[1]
    types = list(quantizers) * (channels if len(quantizers) == 1 else 1)
    scales = np.array([2.0**own.format.fraction_bits for own in types])
    limits = np.array([[own.low, own.high] for own in types], np.float64).T
    steps = np.empty(columns.shape, np.int64)
    for group, filters in enumerate(np.split(np.arange(channels), len(covariance))):
        own = columns[:, filters] * scales[filters]
        steps[:, filters] = _steps(own, covariance[group], crossed[group], *limits[:, filters])
    return tuple(steps.ravel().tolist()) if steps.any() else ()


def _steps(weights: Reals, covariance: Reals, crossed: Reals, low: Reals, high: Reals) -> Reals:
    """The steps of one group, for weights in units of their LSBs."""
    diagonal = np.diag(covariance)
    damping = max(_DAMPING * float(diagonal.mean()), np.finfo(np.float64).tiny) * np.eye(len(covariance))
    order = np.argsort(-diagonal, kind="stable")
    inverse = np.linalg.inv((covariance + damping)[np.ix_(order, order)])
    factor = np.linalg.cholesky(inverse).T
    nearest = np.clip(np.rint(weights[order]), low, high)
    left, found = weights[order] + _within_reach(inverse @ ((crossed - covariance) @ weights)[order]), nearest.copy()
    for row in range(len(left)):
        own = np.clip(np.rint(left[row]), nearest[row] - FARTHEST, nearest[row] + FARTHEST)
        found[row] = np.clip(own, low, high)
        left[row:] -= np.outer(factor[row, row:], (left[row] - found[row]) / factor[row, row])
    steps = np.empty_like(found)
    steps[order] = found - nearest
    return steps


def _within_reach(changes: Reals) -> Reals:
    """By how much the weights of each output are to change before they are rounded, in LSBs.

    The error is a convex function of the change, so that any part of the best change is better than none.
    """
    largest = np.maximum(np.abs(changes).max(axis=0), np.finfo(np.float64).tiny)
    return np.asarray(changes * np.minimum(1, (FARTHEST - 1) / largest))
