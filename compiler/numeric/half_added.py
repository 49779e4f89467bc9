"""Quantizers to the nearest code for inputs to which half an LSB is added, so that their floor is the rounded value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Codes, Rounding

_TO_NEAREST = (Rounding.RND, Rounding.RND_CONV)


@dataclass(frozen=True)
class HalfAddedQuantizer(FixedQuantizer):
    """A quantizer of ``x - half``: inputs arrive with half an LSB of the result added, which is not part of the value.

    With ties to plus infinity, the result is then the floor of the input; with ties to even too, except in ties.
    """

    @classmethod
    def of(cls, quantizer: FixedQuantizer, fraction_bits: int) -> Self | None:
        """The quantizer for inputs with this binary point that include the half; ``None`` if that saves no adder."""
        dropped = fraction_bits - quantizer.format.fraction_bits
        alone = dropped > 0 and not quantizer.slope_shift and not isinstance(quantizer, cls)
        return cls(**vars(quantizer)) if alone and quantizer.rounding in _TO_NEAREST else None

    def half(self, fraction_bits: int) -> int:
        """The half, in codes of inputs with this binary point."""
        return 1 << (fraction_bits - self.format.fraction_bits - 1)

    def ties(self, codes: Codes, fraction_bits: int) -> NDArray[np.bool_]:
        return super().ties(self._values(codes, fraction_bits), fraction_bits)

    def _rounded(self, codes: Codes, fraction_bits: int, saturates: bool) -> Codes:
        return super()._rounded(self._values(codes, fraction_bits), fraction_bits, saturates)

    def _values(self, codes: Codes, fraction_bits: int) -> NDArray[Any]:
        return np.asarray(codes - codes.dtype.type(self.half(fraction_bits)))
