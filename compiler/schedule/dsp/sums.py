"""What the DSP implementations of a linear map have in common before one is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums that DSPs form for a map.

    Attributes:
        tensor: Tensor of the input.
        initiation_interval: Cycles between events.
        accum_bits: Width that suffices for every partial sum.
        result_bits: Low bits of a sum that a reader uses.
        pipelining: Where the registers are.
    """

    tensor: Tensor
    initiation_interval: int
    accum_bits: int
    result_bits: int
    pipelining: Pipelining = EVERY_REGISTER
