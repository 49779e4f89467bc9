"""Weights rounded one after the other, each making up for the rounding of those before it.

The inputs of a layer are correlated, so the error of one weight can be undone to a large part by the next ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer

_DAMPING = 1e-3  # of the mean second moment: what few events say about correlations is not taken at its word


def rounding_steps(kernel: Reals, moments: Reals, quantizers: Sequence[FixedQuantizer]) -> tuple[int, ...]:
    """By how many LSBs each weight is away from the nearest one: -1, 0 or 1, in the order of the kernel.

    Args:
        kernel: Weights, output channels last.
        moments: Covariance of the numbers that the weights of an output multiply, shape (groups, inputs, inputs); the
            output channels belong to the groups in order.
        quantizers: The type of each output channel, or one for all.

    Source: the update after each weight is that of optimal brain surgery, B. Hassibi and D. Stork (NIPS 1992), in the
    order and with the Cholesky factor of E. Frantar et al., arXiv:2210.17323.
    """
    columns = kernel.reshape(len(moments[0]), -1)
    channels = columns.shape[1]
    types = list(quantizers) * (channels if len(quantizers) == 1 else 1)
    scales = np.array([2.0**own.format.fraction_bits for own in types])
    limits = np.array([[own.low, own.high] for own in types], np.float64).T
    steps = np.empty(columns.shape, np.int64)
    for group, filters in enumerate(np.split(np.arange(channels), len(moments))):
        own = columns[:, filters] * scales[filters]
        steps[:, filters] = _steps(own, moments[group], *limits[:, filters])
    return tuple(steps.ravel().tolist()) if steps.any() else ()


def _steps(weights: Reals, moments: Reals, low: Reals, high: Reals) -> Reals:
    """The steps of one group, for weights in units of their LSBs."""
    diagonal = np.diag(moments)
    damped = moments + max(_DAMPING * float(diagonal.mean()), np.finfo(np.float64).tiny) * np.eye(len(moments))
    order = np.argsort(-diagonal, kind="stable")
    factor = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    nearest = np.clip(np.rint(weights[order]), low, high)
    left, found = weights[order].copy(), np.empty_like(nearest)
    for row in range(len(left)):
        own = np.clip(np.rint(left[row]), nearest[row] - 1, nearest[row] + 1)
        found[row] = np.clip(own, low, high)
        left[row:] -= np.outer(factor[row, row:], (left[row] - found[row]) / factor[row, row])
    steps = np.empty_like(found)
    steps[order] = found - nearest
    return steps
