"""Functions applied element by element: fixed-point quantizers, ReLUs and step functions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding, round_real, round_shift, wrap
from bxnn.compiler.numeric.tensor import Tensor


class ElementFunction(ABC):
    """A monotone function of one code; the meaning of an activation."""

    @abstractmethod
    def output_format(self, source: Tensor) -> FixedFormat:
        """The format of the result for inputs like ``source``."""

    @abstractmethod
    def evaluate(self, codes: Codes, fraction_bits: int) -> Codes:
        """Map codes with the given binary point to codes of the output format, preserving the dtype, exactly."""

    def decides_at(self) -> int | None:
        """Fraction bits of all inputs at which the result may change; ``None`` if it follows every change."""
        return None

    def finest_threshold(self) -> float | None:
        """The threshold that determines ``decides_at``, if a model could use a different one."""
        return None

    @abstractmethod
    def overflow_behaviour(self, source: Tensor) -> OverflowBehaviour:
        """What happens to results outside their format, if inputs like ``source`` can produce any."""

    def infer(self, source: Tensor) -> Tensor:
        """The tensor after the function; it is monotone, so the ends of an interval bound its image."""
        output = self.output_format(source)
        fraction_bits = source.format.fraction_bits
        if self.overflow_behaviour(source) is OverflowBehaviour.WRAPS:
            return Tensor.of_format(source.shape, output)
        return Tensor(output, self.evaluate(source.low, fraction_bits), self.evaluate(source.high, fraction_bits))


@dataclass(frozen=True)
class FixedQuantizer(ElementFunction):
    """``clip(round(x * 2**(fraction_bits - x.fraction_bits)), low, high)``, with a power-of-two slope below zero.

    Attributes:
        format: Format of the result.
        rounding: Applied first.
        overflow: Applied to the rounded code.
        low_code: Smallest code if it is above the format's smallest (0 for a ReLU in a signed format).
        high_code: Largest code if it is below the format's largest.
        slope_shift: Negative inputs are multiplied by ``2**-slope_shift`` before rounding (leaky ReLU).

    Source: QKeras ``quantized_bits``/``quantized_relu`` at 78ea90f; Xilinx UG1399 for the modes.
    """

    format: FixedFormat
    rounding: Rounding
    overflow: Overflow
    low_code: int | None = None
    high_code: int | None = None
    slope_shift: int = 0

    @property
    def low(self) -> int:
        """Smallest code that saturation allows."""
        if self.low_code is not None:
            return self.low_code
        symmetric = self.overflow is Overflow.SAT_SYM and self.format.signed
        return self.format.low + int(symmetric)

    @property
    def high(self) -> int:
        """Largest code that saturation allows."""
        return self.format.high if self.high_code is None else self.high_code

    def output_format(self, source: Tensor) -> FixedFormat:
        return self.format

    def evaluate(self, codes: Codes, fraction_bits: int) -> Codes:
        return self._overflowed(self._rounded(codes, fraction_bits, self.overflow is not Overflow.WRAP))

    def decides_at(self) -> int:
        """Codes and the halves between them; a slope below zero only moves some of them apart."""
        return self.format.fraction_bits + 1

    def quantize_real(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Codes of real values, exactly (scaling by a power of two and rounding are exact in binary floats)."""
        scaled = np.ldexp(np.asarray(values, np.float64), self.format.fraction_bits)
        if self.slope_shift:
            scaled = np.where(scaled < 0, np.ldexp(scaled, -self.slope_shift), scaled)
        rounded = round_real(scaled, self.rounding)
        if self.overflow is Overflow.WRAP:
            rounded = np.fmod(rounded, 2.0**62)  # exact, and preserves the bits that wrapping keeps
        rounded = np.clip(rounded, -(2.0**62), 2.0**62)
        return np.asarray(self._overflowed(rounded.astype(np.int64)), np.int64)

    def quantize_into(self, values: NDArray[np.floating], dtype: np.dtype[Any]) -> Codes:
        """Like ``quantize_real`` for floats, but in the float type ``dtype`` if that is exact (fast path)."""
        scale_is_safe = 0 <= self.format.fraction_bits <= 64  # no tiny value underflows, no factor is infinite
        if values.dtype != dtype or self.overflow is Overflow.WRAP or self.slope_shift or not scale_is_safe:
            return self.quantize_real(values).astype(dtype)
        return self._overflowed(round_real(values * dtype.type(2.0**self.format.fraction_bits), self.rounding))

    def ties(self, codes: Codes, fraction_bits: int) -> NDArray[np.bool_]:
        """Where a code lies exactly between two codes of the result."""
        shift = fraction_bits - self.format.fraction_bits
        shifts = np.where(codes < 0, shift + self.slope_shift, shift)
        dropped = np.clip(shifts, 1, 62)
        integers = codes.astype(np.int64)
        between = (integers & ((1 << dropped) - 1)) == (1 << (dropped - 1))
        return np.asarray((shifts >= 1) & (shifts <= 62) & between)

    def overflow_behaviour(self, source: Tensor) -> OverflowBehaviour:
        low, high = (self._rounded(codes, source.format.fraction_bits, True) for codes in (source.low, source.high))
        if int(low.min()) >= self.low and int(high.max()) <= self.high:
            return OverflowBehaviour.PROVEN
        return OverflowBehaviour.WRAPS if self.overflow is Overflow.WRAP else OverflowBehaviour.SATURATES

    def keeps(self, source: Tensor) -> bool:
        """Whether it provably changes no value of a tensor."""
        proven = self.overflow_behaviour(source) is OverflowBehaviour.PROVEN
        return proven and source.format.fraction_bits <= self.format.fraction_bits

    def _rounded(self, codes: Codes, fraction_bits: int, saturates: bool) -> Codes:
        """Slope, scale and round."""
        shift = fraction_bits - self.format.fraction_bits
        rounded = self._shifted(codes, shift, saturates)
        if self.slope_shift:
            rounded = np.where(codes < 0, self._shifted(codes, shift + self.slope_shift, saturates), rounded)
        return rounded

    def _shifted(self, codes: Codes, shift: int, saturates: bool) -> Codes:
        """``round_shift``; codes far outside the bounds may be clipped first, so that no int64 overflows."""
        if saturates and shift < 0 and codes.dtype.kind == "i":
            grow = min(-shift, 62)
            codes, shift = np.clip(codes, (self.low >> grow) - 1, (self.high >> grow) + 1), -grow
        return round_shift(codes, shift, self.rounding)

    def _overflowed(self, codes: Codes) -> Codes:
        if self.overflow is Overflow.WRAP:
            return wrap(codes, self.format.bits, self.format.signed)
        return np.clip(codes, codes.dtype.type(self.low), codes.dtype.type(self.high))


@dataclass(frozen=True)
class Rectifier(ElementFunction):
    """``max(x, slope * x)`` clipped at ``maximum``, without loss: the format grows with the slope.

    Attributes:
        slope_shift: Negative inputs are multiplied by ``2**-slope_shift``; ``None`` means by zero.
        maximum: Upper clip as ``(code, fraction_bits)``, or ``None``.
    """

    slope_shift: int | None = None
    maximum: tuple[int, int] | None = None

    def as_quantizer(self, source: Tensor) -> FixedQuantizer:
        """The same function for inputs like ``source``, in a format that holds every result exactly."""
        ends = min(int(source.low.min()), 0), max(int(source.high.max()), 0)
        low, high = self.evaluate(np.array(ends, object), source.format.fraction_bits).tolist()  # of any size
        covering = FixedFormat.covering(low, high, self._grid(source.format.fraction_bits))
        return FixedQuantizer(covering, Rounding.TRN, Overflow.SAT, low, high, self.slope_shift or 0)

    def output_format(self, source: Tensor) -> FixedFormat:
        return self.as_quantizer(source).format

    def evaluate(self, codes: Codes, fraction_bits: int) -> Codes:
        grow = self._grid(fraction_bits) - fraction_bits
        below = 0 if self.slope_shift is None else 1 << (grow - self.slope_shift)
        most = np.inf if self.maximum is None else self.maximum[0] << (grow + fraction_bits - self.maximum[1])
        return np.minimum(np.where(codes < 0, codes * below, codes * (1 << grow)), most).astype(codes.dtype)

    def _grid(self, fraction_bits: int) -> int:
        """Fraction bits that hold every result."""
        return max(fraction_bits + (self.slope_shift or 0), fraction_bits if self.maximum is None else self.maximum[1])

    def infer(self, source: Tensor) -> Tensor:
        return self.as_quantizer(source).infer(source)

    def overflow_behaviour(self, source: Tensor) -> OverflowBehaviour:
        return OverflowBehaviour.PROVEN


@dataclass(frozen=True)
class StepFunction(ElementFunction):
    """``base + increment * #{k : x >= threshold_k}`` in units of the output LSB (ternary, binary).

    Attributes:
        format: Format of the result.
        thresholds: Ascending; pairs ``(code, fraction_bits)`` of exact dyadic thresholds.
        strict: Per threshold, whether the comparison is ``>`` instead of ``>=``.
        base: Code below all thresholds.
        increment: Step of the code at each threshold.
    """

    format: FixedFormat
    thresholds: tuple[tuple[int, int], ...]
    strict: tuple[bool, ...]
    base: int
    increment: int

    def integer_thresholds(self, fraction_bits: int) -> tuple[int, ...]:
        """Smallest input code at which each step occurs, for inputs with this binary point."""
        result = []
        for (code, bits), strict in zip(self.thresholds, self.strict, strict=True):
            scale = fraction_bits - bits
            if scale >= 0:
                result.append((code << scale) + int(strict))
            else:
                floor = code >> -scale
                result.append(floor + 1 if strict or (floor << -scale) != code else floor)
        return tuple(result)

    def output_format(self, source: Tensor) -> FixedFormat:
        return self.format

    def evaluate(self, codes: Codes, fraction_bits: int) -> Codes:
        steps = np.zeros_like(codes)
        for threshold in self.integer_thresholds(fraction_bits):
            steps += (codes >= threshold).astype(codes.dtype)
        return np.asarray(steps * codes.dtype.type(self.increment) + codes.dtype.type(self.base))

    def decides_at(self) -> int:
        return max(fraction_bits for _, fraction_bits in self.thresholds)

    def finest_threshold(self) -> float:
        code, fraction_bits = max(self.thresholds, key=lambda threshold: (threshold[1], threshold[0]))
        return float(np.ldexp(float(code), -fraction_bits))

    def quantize_real(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Codes of real values, exactly."""
        real = np.asarray(values, np.float64)
        steps = np.zeros(real.shape, np.int64)
        for (code, bits), strict in zip(self.thresholds, self.strict, strict=True):
            threshold = np.ldexp(float(code), -bits)
            steps += (real > threshold if strict else real >= threshold).astype(np.int64)
        return steps * self.increment + self.base

    def overflow_behaviour(self, source: Tensor) -> OverflowBehaviour:
        return OverflowBehaviour.PROVEN
