"""QKeras' ``alpha='auto_po2'``: per-channel scales that are powers of two, found by least squares.

QKeras iterates in float32. Every step here is the same float32 operation except two, whose last bit depends
on the machine that runs TensorFlow: sums over a channel, and the logarithm. Both only determine to which integer
``log2(scale)`` is rounded. Each function therefore runs twice, with ``log2(scale)`` nudged down and up by
more than these errors; if the results differ, the weights do not determine what QKeras computes, and they are
refused.

Source: QKeras 0.9 quantizers.py, ``quantized_bits``, ``ternary``, ``binary`` and ``_get_scale`` (formulas);
the refinement after the last iteration is that of qkeras-v3 1.2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.source import Real
from bxnn.compiler.numeric.tensor import FixedTensor

_EPSILON = np.float32(1e-7)  # keras.backend.epsilon()
_LOG_2 = np.float32(np.log(2.0))
_ITERATIONS = 5
_Doubles = NDArray[np.float64]


def quantized_bits_po2(values: Real, bits: int, integer: int, rescaled: bool) -> FixedTensor:
    """Codes of ``quantized_bits(bits, integer, alpha='auto_po2')``, rounding half away from zero.

    Args:
        values: float32, last axis = output channel.
        bits: At least 2.
        integer: Cancels out unless the scale is too small for float32.
        rescaled: Whether the codes are computed once more for the final scale (qkeras-v3) rather than for the previous
            one.

    Raises:
        ValueError: If the scale is a tie decided by the float32 summation order, or is not finite.
        OverflowError: If the codes need more than 62 bits.
    """
    largest = np.float32((1 << (bits - 1)) - 1)
    scaled = values / np.float32(2.0**integer)

    def codes(scale: Real) -> Real:
        steps = np.floor(np.abs(scaled) / scale + np.float32(0.5))
        return np.asarray(np.sign(scaled) * np.where(steps < largest, steps, largest), np.float32)

    def run(nudge: float) -> _Doubles:
        scale = _power_of_two(_channel_max(scaled) * np.float32(2) / (np.float32(2) * largest), nudge)
        for _ in range(_ITERATIONS):
            result = codes(scale)
            scale = _least_squares(scaled, result, nudge)
        return _product(codes(scale) if rescaled else result, scale)

    exact = _unambiguous(run, values)
    return FixedTensor.from_real(np.ldexp(exact, integer))


def ternary_po2(values: Real, unrolls: int) -> FixedTensor:
    """Codes of ``ternary(alpha='auto_po2')``: -scale, 0 or scale per channel.

    Raises:
        ValueError: If the scale is a tie decided by the float32 summation order, or is not finite.
        OverflowError: If the codes need more than 62 bits.
    """

    def run(nudge: float) -> _Doubles:
        scale = _power_of_two(np.float32(2) * _channel_max(values) / np.float32(3), nudge)
        for _ in range(unrolls):
            rounded = scale * np.rint(values / scale)
            result = np.where(np.abs(rounded) >= scale / np.float32(2), np.sign(values), np.float32(0))
            scale = _least_squares(values, result, nudge)
        return _product(result, scale)

    return FixedTensor.from_real(_unambiguous(run, values))


def binary_po2(values: Real, use_01: bool) -> FixedTensor:
    """Codes of ``binary(alpha='auto_po2')``: -scale or scale (0 or scale) per channel.

    Raises:
        ValueError: If the scale is a tie decided by the float32 summation order, or is not finite.
        OverflowError: If the codes need more than 62 bits.
    """
    low = np.float32(0 if use_01 else -1)
    signs = np.where(values >= 0, np.float32(1), low)
    return FixedTensor.from_real(
        _unambiguous(lambda nudge: _product(signs, _least_squares(values, signs, nudge)), values)
    )


def _channel_axes(values: Real) -> tuple[int, ...]:
    return tuple(range(values.ndim - 1)) if values.ndim > 1 else (0,)


def _channel_max(values: Real) -> Real:
    return np.asarray(np.max(np.abs(values), axis=_channel_axes(values), keepdims=True))


def _least_squares(values: Real, codes: Real, nudge: float) -> Real:
    """The power of two nearest to ``mean(x q) / (mean(q q) + epsilon)`` per channel; per element if 1-D."""
    products: Real = values * codes
    squares: Real = codes * codes
    terms = 1
    if values.ndim > 1:
        axes = _channel_axes(values)
        terms = values.size // values.shape[-1]
        products, squares = (_mean(terms_of, axes) for terms_of in (products, squares))
    return _power_of_two(products / (squares + _EPSILON), nudge, terms)


def _mean(values: Real, axes: tuple[int, ...]) -> Real:
    """The mean, summed in float64: closer to the exact value than any order of float32 sums."""
    return np.asarray(np.mean(values, axis=axes, keepdims=True, dtype=np.float64), np.float32)


def _power_of_two(scale: Real, nudge: float, terms: int = 1) -> Real:
    """``2**round(log2(scale + epsilon))``, with the logarithm moved by ``nudge`` times its possible error."""
    logarithm = np.log(scale + _EPSILON) / _LOG_2
    error = 2.0**-20 + np.sqrt(terms) * 2.0**-21
    return np.asarray(np.exp2(np.rint(logarithm.astype(np.float64) + nudge * error)), np.float32)


def _product(codes: Real, scale: Real) -> _Doubles:
    return np.asarray(codes.astype(np.float64) * scale.astype(np.float64))


def _unambiguous(run: Callable[[float], _Doubles], values: Real) -> _Doubles:
    if not values.size:
        return np.zeros(values.shape)
    with np.errstate(all="ignore"):
        down, up = run(-1.0), run(1.0)
    if not (np.isfinite(down).all() and np.isfinite(up).all()):
        raise ValueError("the weights are too large for float32 arithmetic")
    differing = np.argwhere(down != up)
    if differing.size:
        raise ValueError(f"the scale of channel {int(differing[0][-1])} is a tie decided by float32 rounding")
    return down
