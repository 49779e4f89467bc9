"""From a monotone function and a quantizer after it to exact integer thresholds, and to a proven multiplier.

A code ``A`` stands for ``A * 2**-fraction_bits``. Everything up to the next quantizer is a monotone function of it,
and so is the quantizer's code: a staircase over the integers, defined by the integers at which it rises.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.monotone import Affine, Clamp, Monotone
from bxnn.compiler.numeric.scaled_quantizer import ScaledQuantizer
from bxnn.compiler.numeric.tensor import Int, Tensor

_MOST_SHIFT = 40  # bits that a multiplier may drop
_FLOAT32 = 2.0**-20  # relative distance that float32 arithmetic of a few steps may not resolve


@dataclass(frozen=True, eq=False)
class Staircase:
    """``base + direction * #{k : A >= thresholds[k]}`` for every integer of a range.

    Attributes:
        base: Code at the lowest integer.
        direction: 1 where the function rises, -1 where it falls.
        thresholds: Ascending int64; one per step within the range, equal ones for a step of several codes.
        close: Steps so close to an integer that float32 arithmetic may decide otherwise.
    """

    base: int
    direction: int
    thresholds: Int
    close: int

    @property
    def last(self) -> int:
        """Code at the highest integer."""
        return self.base + self.direction * int(self.thresholds.size)


def staircase(
    function: Monotone, quantizer: ScaledQuantizer, channel: int, low: int, high: int, fraction_bits: int
) -> Staircase:
    """The codes of all integers from ``low`` to ``high``, exactly.

    Args:
        function: From the real value of an integer to what is quantized.
        quantizer: The quantizer after it.
        channel: Which of its scales applies.
        low: Smallest integer.
        high: Largest integer.
        fraction_bits: Fraction bits of the integers.
    """
    simple = function.clamped
    firsts, always = (
        _of_line(*simple, quantizer, channel, fraction_bits)
        if simple
        else _of_curve(function, quantizer, channel, fraction_bits)
    )
    return _within(firsts, quantizer.low + always, low, high)


def staircase_of(function: Monotone, quantizer: FixedQuantizer, source: Tensor) -> Staircase:
    """The codes of a fixed-point quantizer that saturates, for all codes of a tensor."""
    low, high = int(source.low.min()), int(source.high.max())
    return staircase(function, ScaledQuantizer.of(quantizer), 0, low, high, source.format.fraction_bits)


@dataclass(frozen=True)
class _Firsts:
    """Where the codes of a staircase begin, or end if it is falling.

    Attributes:
        falls: Whether codes end there.
        integers: One per code, in the order of the codes.
        close: Whether float32 may mistake a neighbour for it.
    """

    falls: bool
    integers: list[int]
    close: list[bool]


def _within(firsts: _Firsts, least: int, low: int, high: int) -> Staircase:
    """The staircase on a range; steps before it are part of the base."""
    inside = [low < first <= high for first in firsts.integers]
    kept = sorted(first for first, is_inside in zip(firsts.integers, inside, strict=True) if is_inside)
    close = sum(is_close and is_inside for is_close, is_inside in zip(firsts.close, inside, strict=True))
    counted = [first > low if firsts.falls else first <= low for first in firsts.integers]
    return Staircase(least + sum(counted), -1 if firsts.falls else 1, np.array(kept, np.int64), close)


def _of_line(
    line: Affine, clamp: Clamp, quantizer: ScaledQuantizer, channel: int, fraction_bits: int
) -> tuple[_Firsts, int]:
    """For ``clamp(line(x))``, in integers, as there may be many; and how many codes above the least are always reached.

    Codes outside the clamp are always or never reached.
    """
    least = quantizer.low if clamp.low is None else quantizer.code_of(clamp.low, channel)
    most = quantizer.high if clamp.high is None else quantizer.code_of(clamp.high, channel)
    scale = quantizer.scales[channel % len(quantizer.scales)]
    per_unit = abs(line.factor) / Fraction(2) ** fraction_bits  # of the result, per integer
    slope, start = scale / 2 / per_unit, line.shift / per_unit
    times, minus = slope.numerator * start.denominator, start.numerator * slope.denominator
    divisor = slope.denominator * start.denominator
    resolved, sign = _FLOAT32 * float(scale) / 2 / float(per_unit), 1 if line.factor > 0 else -1
    integers, close = [], []
    for halves, is_open in quantizer.boundaries[least - quantizer.low : most - quantizer.low]:
        # sign * A >= (halves * scale / 2 - shift) / per_unit, or > if the boundary is open
        whole, rest = divmod(halves * times - minus, divisor)
        first = whole + 1 if rest or is_open else whole
        fraction = rest / divisor
        close.append(min(fraction, 1 - fraction) < resolved * abs(halves))
        integers.append(first if sign > 0 else 1 - first)
    return _Firsts(sign < 0, integers, close), least - quantizer.low


def _of_curve(function: Monotone, quantizer: ScaledQuantizer, channel: int, fraction_bits: int) -> tuple[_Firsts, int]:
    """For any other function, from the numbers mapped onto each code."""
    grid = Fraction(2) ** fraction_bits
    integers, close, always, falls = [], [], 0, False
    for code in range(quantizer.low + 1, quantizer.high + 1):
        numbers = function.before(quantizer.reached(code, channel))
        if isinstance(numbers, bool):
            always += numbers
            continue
        end, falls = numbers.end * grid, numbers.direction < 0
        first = floor(end) + 1 if numbers.open is not falls else ceil(end)
        integers.append(first)
        close.append(_is_close(function, numbers.end, grid, first))
    return _Firsts(falls, integers, close), always


def _is_close(function: Monotone, end: Fraction, grid: Fraction, first: int) -> bool:
    """Whether one of the integers on both sides of a boundary is closer to it than float32 resolves."""
    boundary = float(function(end))
    nearest = min(abs(float(function(Fraction(code) / grid)) - boundary) for code in (first, first - 1))
    return nearest < _FLOAT32 * abs(boundary)


@dataclass(frozen=True, eq=False)
class Multiplier:
    """``(A * factors[c] + shifts[c]) >> shift``, which, when clipped, is the staircase of every channel c.

    Attributes:
        factors: int64, one per channel.
        shifts: int64, one per channel.
        shift: Bits dropped.
    """

    factors: Int
    shifts: Int
    shift: int


def multiplier(stairs: list[Staircase], slopes: list[Fraction]) -> Multiplier | None:
    """The multiplier with the smallest shift that is equal to all staircases on all integers of their ranges.

    ``(A * M + C) >> S`` reaches code k at ``A >= T`` and not at ``T - 1`` exactly if
    ``k * 2**S - T * M <= C < k * 2**S - (T - 1) * M``, for a positive M. The conditions of all thresholds of a channel
    bound C from both sides; where they leave no C, or no M near ``slope * 2**S``, another S is tried.

    Args:
        stairs: One per channel.
        slopes: Codes of the result per integer, one per channel.

    Returns:
        ``None`` if there is none, as for ties to even on a slope of a power of two.
    """
    for shift in range(_MOST_SHIFT):
        found = [_fitting(stair, slope, shift) for stair, slope in zip(stairs, slopes, strict=True)]
        pairs = [pair for pair in found if pair is not None]
        if len(pairs) == len(found):
            factors, shifts = np.array(pairs, np.int64).reshape(-1, 2).T
            return Multiplier(factors, shifts, shift)
    return None


def _fitting(stair: Staircase, slope: Fraction, shift: int) -> tuple[int, int] | None:
    """Factor and shift of one channel for a number of bits dropped."""
    if not stair.thresholds.size:
        return 0, stair.base << shift
    nearest = round(abs(slope) * 2**shift)
    for factor in (nearest, nearest - 1, nearest + 1):
        if 0 < factor < 1 << 62 - _MOST_SHIFT:
            # A falling staircase is a rising one of -A, whose thresholds are one beyond those mirrored.
            thresholds = stair.thresholds if stair.direction > 0 else 1 - stair.thresholds[::-1]
            first = stair.base if stair.direction > 0 else stair.last
            codes = (first + 1 + np.arange(thresholds.size)) << shift
            lowest = int((codes - thresholds * factor).max())
            highest = int((codes - (thresholds - 1) * factor).min()) - 1
            if lowest <= highest:
                return stair.direction * factor, lowest
    return None


def slope_of(function: Monotone, scale: Fraction, fraction_bits: int) -> Fraction | None:
    """Codes per integer of a function whose only slope is that of one affine step; ``None`` of any other."""
    simple = function.clamped
    return None if simple is None else simple[0].factor / scale / Fraction(2) ** fraction_bits
