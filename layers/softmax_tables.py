"""Softmax of several classes from two tables: of exponentials, and of the reciprocal of their sum."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_fraction
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.gather import Gather
from bxnn.layers.largest import largest
from bxnn.layers.lookup import FABRIC_BITS, Lookup
from bxnn.layers.multiply import Multiply
from bxnn.layers.subtract import Subtract
from bxnn.layers.sum import Sum

_POWER_BITS, _RECIPROCAL_BITS = 20, 16  # most fraction bits; one DSP slice forms the product
_FINER = 9  # fraction bits of the parts beyond those of the results
_GUARD_BITS = 3  # of what the reciprocal is interpolated from


@dataclass(frozen=True)
class SoftmaxTables:
    """``e_i * r`` with ``e_i = exp(x_i - max x)`` and ``r = 1 / sum e``.

    ``e_i`` is an entry of a table. ``r`` is interpolated between entries of another: ``base - slope * rest``, of the
    upper bits of the sum and what they leave.

    Attributes:
        shape: Of the logits; the classes are its last axis.
        factor: What codes of the logits stand for is their value times this.
        difference: Format of ``max x - x_i`` as an address.
        power: Fraction bits of ``e_i``; the largest is 1, exactly.
        upper: Format of the upper bits of the sum, an address.
        reciprocal: Fraction bits of ``r``.
        error: No result is farther from the exact softmax than this.
    """

    shape: tuple[int, ...]
    factor: Fraction
    difference: FixedFormat
    power: int
    upper: FixedFormat
    reciprocal: int
    error: Fraction

    @classmethod
    def of(cls, source: Tensor, fraction_bits: int, factor: Fraction = Fraction(1)) -> SoftmaxTables:
        """Tables for results that are rounded to ``fraction_bits``.

        Args:
            source: The logits.
            fraction_bits: Of the results.
            factor: What codes stand for is their value times this; positive.
        """
        classes = source.shape[-1]
        power = max(min(fraction_bits + _FINER + ceil_log2(classes), _POWER_BITS), 2)
        reciprocal = max(min(fraction_bits + _FINER, _RECIPROCAL_BITS), 2)
        reach = Fraction(math.ceil((power + 1) * 0.6932)) / factor  # from where on exponentials are 0
        widest = int(source.high.max() - source.low.min()) / Fraction(2) ** source.format.fraction_bits
        integer = ceil_log2(math.floor(min(reach, widest)) + 1)
        grid = min(source.format.fraction_bits, FABRIC_BITS - integer)
        difference = FixedFormat(False, max(integer, 1 - grid), grid)
        whole = ceil_log2(classes + 1)
        upper = max(min((reciprocal + 1) // 2, FABRIC_BITS - whole), 0)
        half = Fraction(1, 2)
        off = half / 2**power + (factor * half / Fraction(2) ** grid if grid < source.format.fraction_bits else 0)
        entries = half / 2 ** (reciprocal + _GUARD_BITS) + half / 2 ** (reciprocal + upper)
        inverse = half / 2**reciprocal + Fraction(1, 4) / 4**upper + entries  # chords of 1 / x lie above it
        error = off * (1 + inverse) + (classes - 1) * off + inverse
        return cls(source.shape, factor, difference, power, FixedFormat(False, whole, upper), reciprocal, error)

    def layers(self, name: str, logits: str, named: Callable[[str], str]) -> tuple[Layer, ...]:
        """The layers; the last is called ``name`` and writes the products, not yet rounded.

        Args:
            name: Name of the last layer.
            logits: The tensor that they read.
            named: A name for a part.
        """
        made: list[Layer] = []

        def add(layer: Layer) -> str:
            made.append(layer)
            return layer.name

        one = (*self.shape[:-1], 1)
        wide = largest(logits, self.shape, (len(self.shape) - 1,), named, add)
        below = add(Subtract(named("below_max"), (wide, logits)))
        address = add(_rounded(named("address"), below, self.difference, Rounding.RND_CONV))
        powers = add(_table(named("exp"), address, self.difference, self._power, FixedFormat(False, 1, self.power)))
        total = add(Sum(named("sum"), (powers,), (len(self.shape) - 1,), 0, True))
        inverse = self._reciprocal(total, named, add)
        factors = add(Gather.broadcast(named("inverse_wide"), inverse, one, self.shape))
        add(Multiply(name, (powers, factors)))
        return tuple(made)

    def _reciprocal(self, total: str, named: Callable[[str], str], add: Callable[[Layer], str]) -> str:
        """``1 / total``: a chord between two entries, never below it by more than a few LSBs."""
        upper = add(_rounded(named("sum_upper"), total, self.upper, Rounding.TRN))
        rest = add(Subtract(named("sum_rest"), (total, upper)))
        finer = FixedFormat(False, 1, self.reciprocal + _GUARD_BITS)
        base = add(_table(named("base"), upper, self.upper, _inverse, finer))
        slope = add(_table(named("slope"), upper, self.upper, self._slope, FixedFormat(False, 1, self.reciprocal)))
        product = add(Multiply(named("correction"), (slope, rest)))
        exact = add(Subtract(named("inverse_exact"), (base, product)))
        return add(_rounded(named("inverse"), exact, FixedFormat(False, 1, self.reciprocal), Rounding.RND))

    def _power(self, number: Fraction) -> Fraction:
        return Smooth(Curve.EXP)(-number * self.factor)

    def _slope(self, number: Fraction) -> Fraction:
        """How fast the chord from a number to the next falls."""
        step = Fraction(1, 1 << self.upper.fraction_bits)
        return (_inverse(number) - _inverse(number + step)) / step


def _inverse(number: Fraction) -> Fraction:
    """``1 / number`` of a sum, which is never below 1."""
    return 1 / max(number, Fraction(1))


def _table(
    name: str, read: str, address: FixedFormat, function: Callable[[Fraction], Fraction], result: FixedFormat
) -> Lookup:
    """The table of a function from 0 to 1 for every address, rounded to the nearest."""
    unit, scale = Fraction(2) ** address.fraction_bits, 1 << result.fraction_bits
    values = (function(code / unit) * scale for code in range(1 << address.bits))
    codes = np.array([[round_fraction(value, Rounding.RND_CONV) for value in values]], np.int64)
    return Lookup(name, (read,), FixedTensor(codes, result.fraction_bits), result)


def _rounded(name: str, read: str, address: FixedFormat, rounding: Rounding) -> ActivationLayer:
    return ActivationLayer(name, (read,), FixedQuantizer(address, rounding, Overflow.SAT))
