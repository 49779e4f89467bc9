"""Fixed-point quantizers in which each element has its own format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer
from bxnn.compiler.numeric.integers import code_bits
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding, round_real, round_shift
from bxnn.compiler.numeric.tensor import Int, Tensor

_REACH = 2.0**62  # no code is that large


@dataclass(frozen=True, eq=False)
class ElementQuantizer(ElementFunction):
    """``y_e = overflow_e(round(x_e * 2**f_e)) * 2**-f_e``, exact on one grid ``2**-F`` with ``F`` the largest ``f_e``.

    On the wire, the code of element e is a multiple of ``2**(F - f_e)``: hardware only pays for the bits above these
    zeros. An element without bits is always 0 and costs nothing.

    The three arrays have one shape, that of the tensor with 1 on every axis along which the formats repeat.

    Attributes:
        fraction_bits: ``f_e``, int64.
        low: Smallest code on the element's own grid, int64; with WRAP, ``low`` to ``high`` are the codes of a format.
        high: Largest code.
        rounding: Applied first.
        wraps: Whether rounded codes outside ``low`` to ``high`` lose their high bits instead of being clamped.
        rectified: Whether negative inputs become 0 before they are rounded.

    Source: HGQ2 0.2.0, ``FixedPointQuantizerKIF`` and ``FixedPointQuantizerKBI``.
    """

    fraction_bits: Int
    low: Int
    high: Int
    rounding: Rounding
    wraps: bool
    rectified: bool = False

    @classmethod
    def of_columns(cls, columns: Int, rounding: Rounding, wraps: bool, rectified: bool = False) -> Self:
        """The quantizer of ``fraction_bits``, ``low`` and ``high`` in one array, shape (3, ...)."""
        fraction_bits, low, high = columns
        return cls(fraction_bits, low, high, rounding, wraps, rectified)

    @classmethod
    def repeated(cls, quantizer: FixedQuantizer, rank: int, rectified: bool = False) -> Self:
        """The same quantizer, without a slope, for each element of a tensor of this rank."""
        codes = np.array([quantizer.format.fraction_bits, quantizer.low, quantizer.high], np.int64)
        wraps = quantizer.overflow is Overflow.WRAP
        return cls.of_columns(codes.reshape(3, *(1,) * rank), quantizer.rounding, wraps, rectified)

    @cached_property
    def format(self) -> FixedFormat:
        """The narrowest format that holds the codes of all elements on the common grid."""
        low, high = self.low << self.zeros, self.high << self.zeros
        return FixedFormat.covering(int(low.min()), int(high.max()), self._common)

    @property
    def overflow(self) -> Overflow:
        """What happens to codes outside the range."""
        return Overflow.WRAP if self.wraps else Overflow.SAT

    @cached_property
    def zeros(self) -> Int:
        """Low bits of each element on the wire that are always zero."""
        return np.where(self.low == self.high, 0, self._common - self.fraction_bits)

    @cached_property
    def widths(self) -> Int:
        """Bits of each element's own code; 0 if it is always 0."""
        ends = zip(self.low.ravel().tolist(), self.high.ravel().tolist(), strict=True)
        widths = np.array([code_bits(low, high) for low, high in ends], np.int64).reshape(self.low.shape)
        return np.where(self.low == self.high, 0, widths)

    @property
    def mean_bits(self) -> int:
        """Bits of an element's own code, on average, rounded up."""
        return int(np.ceil(self.widths.mean()))

    @cached_property
    def _common(self) -> int:
        """Fraction bits on the wire."""
        return int(self.fraction_bits[self.low != self.high].max(initial=-(1 << 30))) if self.widths.any() else 0

    def output_format(self, source: Tensor) -> FixedFormat:
        return self.format

    def possible(self, shape: tuple[int, ...]) -> Tensor:
        """A tensor of ``shape`` with all codes that a result can have."""
        low, high, zeros = (np.broadcast_to(codes, shape) for codes in (self.low, self.high, self.zeros))
        return Tensor(self.format, low << zeros, high << zeros, zeros if zeros.any() else None)

    def evaluate(self, codes: Codes, fraction_bits: int) -> Codes:
        return self._on_wire(self._overflowed(self._rounded(codes, fraction_bits), codes.shape))

    def quantize_real(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Codes on the wire of real values, exactly; shape (events, ...)."""
        real = np.asarray(values, np.float64)
        scaled = np.ldexp(np.maximum(real, 0) if self.rectified else real, self.fraction_bits)
        rounded = round_real(scaled, self.rounding)
        rounded = np.fmod(rounded, _REACH) if self.wraps else np.clip(rounded, -_REACH, _REACH)
        return np.asarray(self._on_wire(self._overflowed(rounded.astype(np.int64), real.shape)), np.int64)

    def quantize_into(self, values: NDArray[np.floating], dtype: np.dtype[Any]) -> Codes:
        """Like ``quantize_real``, in the dtype of the codes."""
        return self.quantize_real(values).astype(dtype)

    def ties(self, codes: Codes, fraction_bits: int) -> NDArray[np.bool_]:
        """Where a code lies exactly between two codes of its element's result."""
        shifts = np.where(self.low == self.high, 0, fraction_bits - self.fraction_bits)
        dropped = np.clip(shifts, 1, 62)
        integers = codes.astype(np.int64)
        between = (integers & ((1 << dropped) - 1)) == (1 << (dropped - 1))
        return np.asarray((shifts >= 1) & (shifts <= 62) & between & ~(self.rectified & (integers < 0)))

    def decides_at(self) -> int:
        return self._common + 1

    def infer(self, source: Tensor) -> Tensor:
        """Exact bounds of each element that cannot leave its format, and the format itself for any other that wraps."""
        fraction_bits, shape = source.format.fraction_bits, source.shape
        ends = [self._rounded(codes, fraction_bits) for codes in (source.low, source.high)]
        wrapped = self.wraps & self._leaves(*ends)
        low, high = (self._overflowed(codes, shape) for codes in ends)
        low, high = np.where(wrapped, self.low, low), np.where(wrapped, self.high, high)
        zeros = np.broadcast_to(self.zeros, shape)
        return Tensor(self.format, low << zeros, high << zeros, zeros if zeros.any() else None)

    def overflow_behaviour(self, source: Tensor) -> OverflowBehaviour:
        low, high = (self._rounded(codes, source.format.fraction_bits) for codes in (source.low, source.high))
        if not self._leaves(low, high).any():
            return OverflowBehaviour.PROVEN
        return OverflowBehaviour.WRAPS if self.wraps else OverflowBehaviour.SATURATES

    def clamps(self, source: Tensor) -> NDArray[np.bool_]:
        """Which elements need hardware that saturates; shape of the tensor."""
        low, high = (self._rounded(codes, source.format.fraction_bits) for codes in (source.low, source.high))
        return np.asarray(self._leaves(low, high) & (not self.wraps) & (self.widths > 0))

    def bits_read(self, source: Tensor) -> tuple[Int, Int]:
        """The lowest bit of each code on which a result depends, and the first one above these; shape of the tensor.

        Rounding half up reads the bit below the result's, other ways to the nearest all bits. One that wraps needs no
        bit above the result's, unless the sign decides whether there is one.
        """
        shape, shift = source.shape, source.format.fraction_bits - self.fraction_bits
        ends = zip(source.low.ravel().tolist(), source.high.ravel().tolist(), strict=True)
        own = np.array([code_bits(low, high) for low, high in ends], np.int64).reshape(shape)
        dropped = {Rounding.TRN: shift, Rounding.RND: shift - 1}.get(self.rounding, np.zeros_like(shift))
        above = shift + self.widths if self.wraps and not self.rectified else np.full_like(shift, MAX_BITS)
        lowest = np.broadcast_to(np.maximum(dropped, 0), shape)
        above = np.where(self.widths > 0, np.minimum(np.broadcast_to(above, shape), own), lowest)
        return lowest, np.maximum(above, lowest)

    def _leaves(self, low: Codes, high: Codes) -> NDArray[np.bool_]:
        """Whether an interval of rounded codes leaves the format of its element."""
        return np.asarray((low < self.low) | (high > self.high))

    def _groups(self, shape: tuple[int, ...]) -> Iterator[tuple[int, Int]]:
        """Each ``f_e`` that occurs, and the elements of a tensor of ``shape`` that have it, row-major."""
        own = np.broadcast_to(self.fraction_bits, shape).ravel()
        for fraction_bits in np.unique(own).tolist():
            yield fraction_bits, np.flatnonzero(own == fraction_bits)

    def _rounded(self, codes: Codes, fraction_bits: int) -> Codes:
        """Codes on the grids of their elements, before the overflow; the tensor's axes are the last ones."""
        shape = codes.shape[codes.ndim - self.low.ndim :]
        flat = codes.reshape(-1, int(np.prod(shape)))
        if self.rectified:
            flat = np.maximum(flat, flat.dtype.type(0))
        result = np.empty_like(flat)
        low, high = (np.broadcast_to(bound, shape).ravel() for bound in (self.low, self.high))
        for own, elements in self._groups(shape):
            part, shift = flat[:, elements], fraction_bits - own
            if shift < 0 and not self.wraps and codes.dtype.kind == "i":  # no int64 may overflow
                shift = max(shift, -62)
                part = np.clip(part, (low[elements] >> -shift) - 1, (high[elements] >> -shift) + 1)
            result[:, elements] = round_shift(part, shift, self.rounding)
        return result.reshape(codes.shape)

    def _overflowed(self, codes: Codes, shape: tuple[int, ...]) -> Codes:
        if not self.wraps:
            return np.clip(codes, self.low.astype(codes.dtype), self.high.astype(codes.dtype))
        integers = codes.astype(np.int64)
        modulus = self.high - self.low + 1  # a power of two
        return np.asarray((((integers - self.low) & (modulus - 1)) + self.low).astype(codes.dtype))

    def _on_wire(self, codes: Codes) -> Codes:
        return np.asarray(codes * (np.int64(1) << self.zeros).astype(codes.dtype))


FixedPointQuantizer = FixedQuantizer | ElementQuantizer  # on binary grids
HostQuantizer = FixedPointQuantizer | ScaledHostQuantizer  # what the host of the firmware can apply to real values
