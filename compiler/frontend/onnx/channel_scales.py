"""Wires whose channels have different scales."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.values import Wire
from bxnn.compiler.numeric.monotone import IDENTITY, Affine
from bxnn.compiler.numeric.scaled_quantizer import exponent_of
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.batchnorm import BatchNorm

_MOST_SHIFT = 24  # bits between the smallest scale and the largest


def channel_factors(wire: Wire) -> tuple[Fraction, ...] | None:
    """Positive factors of the codes of every channel, or one of all of them; ``None`` if they are not all there is."""
    parts = [function.affine for function in wire.functions]
    factors = tuple(part.factor for part in parts if part is not None and part.shift == 0 and part.factor > 0)
    return factors if len(factors) == len(parts) else None


def on_smallest_scale(network: Network, wire: Wire, wanted: str) -> Wire | None:
    """The wire with all channels on the smallest of their scales; ``None`` if a ratio is not a power of two.

    The shifts are a batch normalization, which the next linear layer absorbs.

    Args:
        network: The layer is added to it.
        wire: Channels whose codes stand for multiples of their own scales.
        wanted: Name of the tensor that reads it.
    """
    factors = channel_factors(wire)
    if factors is None:
        return None
    least = min(factors)
    shifts = [exponent_of(factor / least) for factor in factors]
    known = [shift for shift in shifts if shift is not None]
    if len(known) != len(shifts) or max(known) > _MOST_SHIFT:
        return None
    factor = FixedTensor(np.left_shift(1, np.array(known, np.int64)), 0)
    zeros = FixedTensor(np.zeros(len(known), np.int64), 0)
    layer = network.add(f"{wanted}_shifts", lambda own: BatchNorm(own, (wire.layer,), factor, zeros))
    return Wire(layer, wire.order, (IDENTITY.then(Affine(least, Fraction(0))),))
