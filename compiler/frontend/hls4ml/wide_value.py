"""Values of more bits than an integer of the compiler has: the sum of two tensors, which no carry connects."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.tensor import Tensor

HALF_BITS = 59  # of either half: sums of up to four of them fit 62
MOST_BITS = 2 * HALF_BITS


@dataclass(frozen=True)
class WideValue:
    """``high + low``, with ``low`` from zero up to below the LSB of ``high``: the bits of one code, in two parts.

    Attributes:
        high: The layer that has the upper bits, the sign included. It stands for the value where layers are named.
        low: The layer that has the lower bits.
        high_tensor: What is proven about the upper bits.
        low_tensor: What is proven about the lower bits.
    """

    high: str
    low: str
    high_tensor: Tensor
    low_tensor: Tensor

    @property
    def fraction_bits(self) -> int:
        """Grid of the value."""
        return self.low_tensor.format.fraction_bits

    @property
    def low_bits(self) -> int:
        """Bits below the LSB of ``high``."""
        return self.fraction_bits - self.high_tensor.format.fraction_bits

    @property
    def ends(self) -> tuple[int, int]:
        """Smallest and largest code."""
        above = self.high_tensor
        return int(above.low.min()) << self.low_bits, ((int(above.high.max()) + 1) << self.low_bits) - 1

    @property
    def bits(self) -> int:
        """Bits of a code, the sign included."""
        return signed_bits(*self.ends)
