"""Bits that are always zero in some elements that a comparison chooses from, and not in others.

Where one value has such a bit, the choice only decides whether a flip-flop takes the bit of the other one: synthesis
makes that the reset of the flip-flop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.tensor import Tensor

Bits = NDArray[np.bool_]


def constant_bits(source: Tensor, shift: int, bits: int) -> Bits:
    """Which bits of every element are known to be zero from its format; bool, shape (elements, bits).

    Args:
        source: The tensor.
        shift: Zeros that are appended to its codes.
        bits: Bits of a code after that.
    """
    low, high = source.low.ravel(), source.high.ravel()
    zeros = np.zeros_like(low) if source.zeros is None else source.zeros.ravel()
    own = np.full_like(low, source.bits) if source.zeros is None else np.frexp(high.astype(np.float64))[1]
    unsigned = (low >= 0) if source.zeros is not None else np.full(low.shape, not source.format.signed)
    top = np.where(unsigned, own, bits)[:, np.newaxis] + shift
    position = np.arange(bits)
    return np.asarray((position < zeros[:, np.newaxis] + shift) | (position >= top), np.bool_)


def set_by_choice(constant: Bits) -> int:
    """Flip-flops that a choice resets.

    Args:
        constant: Which bits are known to be zero, bool, shape (choices, alternatives, bits).
    """
    return int((constant.any(axis=1) & ~constant.all(axis=1)).sum(axis=1).max())
