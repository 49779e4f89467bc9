"""The fixed-point format of some numbers that loses the least: candidates of a few scales, the best of them taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Overflow, Rounding

_FINER = 5  # binary places by which a candidate may be finer than the largest number allows
_COARSER = 1
_LARGEST_SHARE = 1e-2  # of an input's events that may saturate
_SAMPLE = 1 << 17  # numbers from which a format is chosen
ORIGIN = "formats.yaml"


Loss = Callable[[FixedQuantizer], float]


class Range(Enum):
    """How the range of a result is chosen."""

    LOSS = "loss"  # the least loss at the outputs
    MSE = "mse"  # the least mean square error
    PERCENTILE = "percentile"  # what holds all but a small fraction
    MAX_ABS = "max-abs"  # what holds the largest


@dataclass(frozen=True)
class RangeChoice:
    """How the ranges of results are chosen.

    Attributes:
        range: The criterion.
        percentile: For ``percentile``: percentage of the numbers that must fit.
    """

    range: Range = Range.LOSS
    percentile: float = 99.9


def weight_formats(kernel: Reals, importance: Reals, bits: int, channels: int) -> tuple[FixedQuantizer, ...]:
    """The format of each output channel with the least error of the sums; one for all if ``channels`` is 1.

    Args:
        kernel: Weights, output channels last.
        importance: The mean square of the number that each weight multiplies; broadcasts against (weights, outputs).
        bits: Width.
        channels: Number of formats.

    Source: ``sum_i E[x_i**2] * (Q(w_i) - w_i)**2``, the mean square error of a sum of uncorrelated products.
    """
    whole = kernel.reshape(-1, kernel.shape[-1]) if importance.size == 1 else kernel.reshape(importance.shape)
    columns = kernel.reshape(-1, channels)
    weights = np.broadcast_to(importance, whole.shape).reshape(-1, channels)
    return tuple(_best(columns[:, c], weights[:, c], bits, True, Overflow.SAT_SYM) for c in range(channels))


def result_format(
    values: Reals, bits: int, unsigned: bool, choice: RangeChoice, loss: Loss | None = None
) -> FixedQuantizer:
    """The format of a result.

    Args:
        values: Its numbers for all events.
        bits: Width.
        unsigned: Whether none can be negative.
        choice: The criterion.
        loss: The loss at the outputs; without it, the mean square error counts.
    """
    flat = _sampled(values)
    if choice.range in (Range.LOSS, Range.MSE):
        return _best(flat, None, bits, not unsigned, Overflow.SAT, loss if choice.range is Range.LOSS else None)
    largest = np.abs(values).max() if choice.range is Range.MAX_ABS else np.percentile(np.abs(flat), choice.percentile)
    return quantizer(bits, _finest(float(largest), bits, not unsigned), not unsigned, Overflow.SAT)


def input_format(values: Reals, bits: int, loss: Loss | None = None) -> FixedQuantizer:
    """The format of an input feature: the least loss of those that saturate at most one number in a hundred.

    Args:
        values: Its numbers for all events.
        bits: Width.
        loss: The loss at the outputs; without it, the mean square error counts.
    """
    signed = bool(values.min() < 0)
    largest = float(np.abs(values).max())
    allowed = [
        own
        for own in _candidates(bits, largest, signed, Overflow.SAT)
        if np.mean((values > own.high * own.format.lsb) | (values < own.low * own.format.lsb)) <= _LARGEST_SHARE
    ]
    flat = _sampled(values)
    error = loss or (lambda own: _error(own, flat, None))
    return min(allowed, key=lambda own: (error(own), own.format.fraction_bits))


def saturated(own: FixedQuantizer, values: Reals) -> int:
    """How many numbers the format cannot hold, after rounding."""
    scaled = np.rint(np.ldexp(values, own.format.fraction_bits))
    return int(np.count_nonzero((scaled > own.high) | (scaled < own.low)))


def quantizer(bits: int, fraction_bits: int, signed: bool, overflow: Overflow) -> FixedQuantizer:
    """A quantizer that rounds to nearest even."""
    own = FixedFormat(signed, bits - int(signed) - fraction_bits, fraction_bits)
    return FixedQuantizer(own, Rounding.RND_CONV, overflow)


def merged(found: tuple[FixedQuantizer, ...]) -> tuple[FixedQuantizer, ...]:
    """One type if all are equal."""
    return found[:1] if len(set(found)) == 1 else found


def rounded(own: FixedQuantizer, values: Reals) -> Reals:
    """Real numbers after a quantizer that saturates and rounds to nearest even."""
    scaled = np.rint(np.ldexp(values, own.format.fraction_bits))
    return np.asarray(np.ldexp(np.clip(scaled, own.low, own.high), -own.format.fraction_bits))


def _best(
    values: Reals, weights: Reals | None, bits: int, signed: bool, overflow: Overflow, loss: Loss | None = None
) -> FixedQuantizer:
    largest = float(np.abs(values).max(initial=0))
    found = _candidates(bits, largest, signed, overflow)
    error = loss or (lambda own: _error(own, values, weights))
    return min(found, key=lambda own: (error(own), own.format.fraction_bits))


def _candidates(bits: int, largest: float, signed: bool, overflow: Overflow) -> Iterator[FixedQuantizer]:
    finest = _finest(largest, bits, signed)
    for fraction_bits in range(finest - _COARSER, finest + _FINER + 1):
        yield quantizer(bits, fraction_bits, signed, overflow)


def _finest(largest: float, bits: int, signed: bool) -> int:
    """Fraction bits with which a number of that size fits."""
    return bits - int(signed) - (math.ceil(math.log2(largest)) if largest > 0 else 0)


def _error(own: FixedQuantizer, values: Reals, weights: Reals | None) -> float:
    squares = (rounded(own, values) - values) ** 2
    return float((squares if weights is None else squares * weights).sum())


def _sampled(values: Reals) -> Reals:
    flat = values.ravel()
    return flat[:: ceil_div(flat.size, _SAMPLE)] if flat.size > _SAMPLE else flat
