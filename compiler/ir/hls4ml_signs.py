"""hls4ml's binary activation, and the codes at which activations with two or three values change."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.numeric.elementwise import StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor, Int

_SIGNED = FixedFormat(True, 1, 0)


def hls4ml_sign(node: NodeSource) -> StepFunction:
    """The function of ``binary_tanh``: -1 and 1, or 0 and 1 in a single bit.

    Source: nnet_activation.h of hls4ml 1.3.0.
    """
    if node.result_for(0).format.bits == 1:
        return StepFunction(FixedFormat(False, 1, 0), ((0, 0),), (False,), 0, 1)
    return StepFunction(_SIGNED, ((0, 0),), (False,), -1, 2)


def first_codes(thresholds: FixedTensor, fraction_bits: int, strict: bool) -> Int:
    """Smallest codes of a grid at each threshold or above it.

    Args:
        thresholds: Any shape.
        fraction_bits: Of the grid.
        strict: Whether a code at the threshold is below it.
    """
    grow = fraction_bits - thresholds.fraction_bits
    if grow >= 0:
        return np.asarray(thresholds.codes << grow) + int(strict)
    below = thresholds.codes >> -grow
    return np.asarray(np.where((below << -grow) == thresholds.codes, below + int(strict), below + 1))
