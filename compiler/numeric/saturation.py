"""Numbers that a quantizer cannot hold, counted before they saturate or wrap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, FixedPointQuantizer, HostQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer
from bxnn.compiler.numeric.rounding import Codes, Overflow


def outside(quantizer: FixedPointQuantizer, codes: Codes, fraction_bits: int) -> NDArray[np.bool_]:
    """Where a rounded code is above all codes of the result, or below them; what a ReLU makes 0 is not.

    Args:
        quantizer: The quantizer.
        codes: Codes that it reads, of any shape that it takes.
        fraction_bits: Their binary point.
    """
    return _beyond(quantizer, _wider(quantizer).evaluate(codes, fraction_bits))


def outside_real(quantizer: HostQuantizer, values: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The same for real values."""
    if isinstance(quantizer, ScaledHostQuantizer):
        own, wider = quantizer.quantizer, _wider(quantizer.quantizer)
        assert isinstance(wider, FixedQuantizer)
        return _beyond(own, replace(quantizer, quantizer=wider).quantize_real(values))
    return _beyond(quantizer, _wider(quantizer).quantize_real(values))


def _wider(quantizer: FixedPointQuantizer) -> FixedPointQuantizer:
    """The quantizer with one more code at both ends, where it saturates."""
    if isinstance(quantizer, ElementQuantizer):
        used = (quantizer.low != quantizer.high).astype(np.int64)  # an element without bits stays 0
        return replace(quantizer, low=quantizer.low - used, high=quantizer.high + used, wraps=False)
    low, high = quantizer.low - 1, quantizer.high + 1
    covering = FixedFormat.covering(low, high, quantizer.format.fraction_bits)
    return replace(quantizer, format=covering, overflow=Overflow.SAT, low_code=low, high_code=high)


def _beyond(quantizer: FixedPointQuantizer, found: Codes) -> NDArray[np.bool_]:
    low: Any = quantizer.low
    high: Any = quantizer.high
    if isinstance(quantizer, ElementQuantizer):
        low, high = low << quantizer.zeros, high << quantizer.zeros
    return np.asarray((found > high) | ((found < low) & (low < 0)))
