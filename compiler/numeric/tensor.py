"""Facts about tensors: constants, and the proven range of values between layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import signed_bits, trailing_zeros

Int = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FixedTensor:
    """A constant tensor of exact values ``codes * 2**-fraction_bits``.

    Attributes:
        codes: int64, any shape.
        fraction_bits: Position of the binary point, common to all elements.
    """

    codes: Int
    fraction_bits: int

    @property
    def values(self) -> NDArray[np.float64]:
        """Real values, exact in float64."""
        return np.ldexp(self.codes.astype(np.float64), -self.fraction_bits)

    @property
    def bits(self) -> int:
        """Bits of the narrowest signed code that holds all elements (at least 2, so that +1 fits)."""
        low, high = (int(self.codes.min()), int(self.codes.max())) if self.codes.size else (0, 0)
        return max(2, signed_bits(low, high))

    @property
    def is_zero(self) -> bool:
        """Whether all elements are zero, and stay so."""
        return not self.codes.any()

    @property
    def least(self) -> Int:
        """Smallest code that each element can have."""
        return self.codes

    @property
    def most(self) -> Int:
        """Largest code that each element can have."""
        return self.codes

    def aligned(self, fraction_bits: int) -> FixedTensor:
        """The same values on a finer (or equal) grid.

        Raises:
            OverflowError: If the values would need more than 62 bits.
        """
        if not self.codes.any():
            return FixedTensor(self.codes, fraction_bits)
        grow = fraction_bits - self.fraction_bits
        if self.bits + grow > 62:
            raise OverflowError("the values need more than 62 bits")
        return FixedTensor(np.left_shift(self.codes, grow), fraction_bits)

    def reduced(self) -> FixedTensor:
        """The same values on the coarsest grid that holds them all."""
        combined = int(np.bitwise_or.reduce(self.codes.ravel())) if self.codes.size else 0
        zeros = trailing_zeros(combined)
        return FixedTensor(np.right_shift(self.codes, zeros), self.fraction_bits - zeros)

    @classmethod
    def from_real(cls, values: NDArray[np.floating]) -> FixedTensor:
        """The exact codes of finite floats, on the coarsest grid that holds them all.

        Raises:
            OverflowError: If the values need more than 62 bits.
        """
        real = np.asarray(values, dtype=np.float64)
        mantissa, exponent = np.frexp(real)
        odd = np.ldexp(mantissa, 53).astype(np.int64)
        nonzero = odd != 0
        if not nonzero.any():
            return cls(np.zeros(real.shape, np.int64), 0)
        trailing = np.zeros(real.shape, np.int64)
        trailing[nonzero] = np.round(np.log2((odd & -odd)[nonzero].astype(np.float64))).astype(np.int64)
        fraction_bits = int((53 - exponent.astype(np.int64) - trailing)[nonzero].max())
        if int(exponent[nonzero].max()) + fraction_bits > 62:
            raise OverflowError("the values need more than 62 bits")
        return cls(np.ldexp(real, fraction_bits).astype(np.int64), fraction_bits)


@dataclass(frozen=True, eq=False)
class Tensor:
    """What is proven about a tensor between two layers.

    Attributes:
        format: Number format on the wire.
        low: Smallest possible code of each element, int64, shape of the tensor (no batch axis).
        high: Largest possible code of each element, same shape.
        zeros: Number of low bits of each element that are always zero, int64, same shape; ``None`` if unknown.
    """

    format: FixedFormat
    low: Int
    high: Int
    zeros: Int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape without the batch axis."""
        return tuple(self.low.shape)

    def snapped(self, codes: Int) -> Int:
        """Codes, each at or below the given one, that elements can have; shape (events, ...)."""
        return codes if self.zeros is None else (codes >> self.zeros) << self.zeros

    @property
    def size(self) -> int:
        """Number of elements of one event."""
        return int(self.low.size)

    @property
    def bits(self) -> int:
        """Width of one element on the wire."""
        return self.format.bits

    @classmethod
    def of_format(cls, shape: tuple[int, ...], number_format: FixedFormat) -> Tensor:
        """A tensor of which only the format is known: all its codes are possible."""
        return cls(
            number_format,
            np.full(shape, number_format.low, np.int64),
            np.full(shape, number_format.high, np.int64),
        )

    @classmethod
    def of_range(cls, low: Int, high: Int, fraction_bits: int) -> Tensor:
        """A tensor in the narrowest format that holds its range."""
        return cls(FixedFormat.covering(int(low.min()), int(high.max()), fraction_bits), low, high)

    def reshaped(self, shape: tuple[int, ...]) -> Tensor:
        """The same elements in row-major order with a new shape."""
        return self.rewired(lambda codes: codes.reshape(shape))

    def rewired(self, change: Callable[[Int], Int]) -> Tensor:
        """The same elements in new places, or some of them."""
        return Tensor(
            self.format, change(self.low), change(self.high), None if self.zeros is None else change(self.zeros)
        )
