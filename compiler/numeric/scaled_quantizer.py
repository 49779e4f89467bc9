"""Quantizers whose scale may be any number, as ONNX describes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.monotone import Ray
from bxnn.compiler.numeric.rounding import Rounding


class AnyRounding(Enum):
    """Every rounding of QONNX and of fixed-point quantizers.

    Source: qonnx 1.0, ``resolve_rounding_mode``.
    """

    HALF_EVEN = "ROUND"
    FLOOR = "FLOOR"
    DOWN = "DOWN"  # toward zero
    HALF_UP = "HALF_UP"  # ties away from zero
    HALF_DOWN = "HALF_DOWN"  # ties toward zero
    CEIL = "CEIL"
    UP = "UP"  # away from zero
    HALF_CEIL = "RND"  # ties to plus infinity; not of QONNX
    HALF_FLOOR = "RND_MIN_INF"  # ties to minus infinity; not of QONNX

    @classmethod
    def of(cls, rounding: Rounding) -> AnyRounding:
        """The mode of a fixed-point quantizer."""
        return next(mode for mode, own in _FIXED_POINT.items() if own is rounding)

    @property
    def fixed_point(self) -> Rounding | None:
        """The same mode of a fixed-point quantizer, if there is one."""
        return _FIXED_POINT.get(self)

    def reached(self, code: int) -> Ray:
        """Numbers that are rounded to ``code`` or more."""
        whole, half = Fraction(code), Fraction(2 * code - 1, 2)
        if self is AnyRounding.HALF_EVEN:
            return Ray(1, half, code % 2 != 0)
        if self is AnyRounding.HALF_UP:
            return Ray(1, half, code <= 0)
        if self is AnyRounding.HALF_DOWN:
            return Ray(1, half, code > 0)
        if self in (AnyRounding.HALF_CEIL, AnyRounding.HALF_FLOOR):
            return Ray(1, half, self is AnyRounding.HALF_FLOOR)
        up = self is AnyRounding.CEIL or (code > 0) is (self is AnyRounding.UP)
        if self is AnyRounding.FLOOR or not up:
            return Ray(1, whole, False)
        return Ray(1, whole - 1, True)


_FIXED_POINT = {
    AnyRounding.HALF_EVEN: Rounding.RND_CONV,
    AnyRounding.FLOOR: Rounding.TRN,
    AnyRounding.DOWN: Rounding.TRN_ZERO,
    AnyRounding.HALF_UP: Rounding.RND_INF,
    AnyRounding.HALF_DOWN: Rounding.RND_ZERO,
    AnyRounding.HALF_CEIL: Rounding.RND,
    AnyRounding.HALF_FLOOR: Rounding.RND_MIN_INF,
}


@dataclass(frozen=True)
class ScaledQuantizer:
    """``code = clip(round(x / scale + zero_point)) - zero_point``, which stands for ``scale * code``.

    Attributes:
        scales: One for all channels, or one for each; exact values of the stored floats.
        zero_point: Subtracted from the code again, so that code 0 is the number 0.
        low: Smallest code, less the zero point.
        high: Largest code, likewise.
        rounding: How a number between two codes becomes one of them.
        shifted: Whether the zero point is added before rounding, which affects ties and where signs change.
    """

    scales: tuple[Fraction, ...]
    zero_point: int
    low: int
    high: int
    rounding: AnyRounding
    shifted: bool

    @classmethod
    def of(cls, quantizer: FixedQuantizer) -> ScaledQuantizer:
        """A fixed-point quantizer that saturates, without a slope below zero."""
        unit = Fraction(1) / Fraction(2) ** quantizer.format.fraction_bits
        return cls((unit,), 0, quantizer.low, quantizer.high, AnyRounding.of(quantizer.rounding), False)

    @property
    def offset(self) -> int:
        """What is added before rounding and subtracted after it."""
        return self.zero_point if self.shifted else 0

    @property
    def fixed_rounding(self) -> Rounding | None:
        """The rounding of a fixed-point quantizer that does the same, if there is one."""
        even = self.rounding is AnyRounding.FLOOR or self.offset == 0
        if self.rounding is AnyRounding.HALF_EVEN and self.offset % 2 == 0:
            even = True
        return self.rounding.fixed_point if even else None

    @cached_property
    def boundaries(self) -> list[tuple[int, bool]]:
        """Where every code above the smallest begins, in halves of a scale, and whether that number is excluded."""
        rays = [self.rounding.reached(code + self.offset) for code in range(self.low + 1, self.high + 1)]
        return [(int(2 * (ray.end - self.offset)), ray.open) for ray in rays]

    def reached(self, code: int, channel: int) -> Ray:
        """Numbers whose code is ``code`` or more, if that is above the smallest."""
        ray = self.rounding.reached(code + self.offset)
        scale = self.scales[channel % len(self.scales)]
        return Ray(1, (ray.end - self.offset) * scale, ray.open)

    def code_of(self, number: Fraction, channel: int = 0) -> int:
        """The code of a number."""
        near = int(number / self.scales[channel % len(self.scales)])
        reached = [code for code in range(near - 2, near + 3) if self.reached(code, channel).holds(number)]
        return min(max(*reached, self.low), self.high)


def exponent_of(number: Fraction) -> int | None:
    """``n`` of ``2**n``; ``None`` if the number is not a power of two."""
    top, bottom = number.numerator, number.denominator
    if top <= 0 or top & (top - 1) or bottom & (bottom - 1):
        return None
    return top.bit_length() - bottom.bit_length()


def grid_of(scale: Fraction) -> int:
    """``n`` for which ``scale * 2**n`` is at least 1 and less than 2."""
    bits = scale.denominator.bit_length() - scale.numerator.bit_length()
    return bits + 1 if scale * Fraction(2) ** bits < 1 else bits
