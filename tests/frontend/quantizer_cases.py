"""Quantizers with inputs for comparing them with the QKeras classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bxnn.compiler.ir.source import Real

Case = tuple[str, dict[str, Any], Real]
SLOPES = (1.0, 0.5, 0.25, 0.125, 2.0**-7)


def critical_points(bits: int, fraction_bits: int) -> Real:
    """Every code, midpoint and quarter step, three steps beyond the edges, float32 neighbours, far values."""
    quarters = np.arange(-4 * (1 << bits) - 12, 4 * (1 << bits) + 13)
    points = np.ldexp(quarters.astype(np.float32), -fraction_bits - 2)
    smallest = np.float32(np.finfo(np.float32).tiny)
    nonzero = points[points != 0]
    neighbours = [np.nextafter(nonzero, np.float32(sign * np.inf)) for sign in (-1, 1)]
    far = np.array([1e3, 1e6, 3.3e7, 1e12, 1e20], np.float32)
    return np.concatenate([points, *neighbours, far, -far, [smallest, -smallest, -0.0]]).astype(np.float32)


def on_a_grid() -> Iterator[Case]:
    """Quantizers without data-dependent scale."""
    for bits in range(1, 9):
        for integer in range(-1, 10):
            for symmetric in (0, 1):
                for keep_negative in (True, False):
                    arguments = {"bits": bits, "integer": integer, "symmetric": symmetric}
                    points = critical_points(bits, bits - integer - int(keep_negative))
                    yield (
                        "quantized_bits",
                        {**arguments, "keep_negative": keep_negative, "use_ste": False},
                        points,
                    )
            for slope in (0.0, *SLOPES):
                if slope and slope < 2.0 ** (1 - bits):
                    continue
                relu = {"bits": bits, "integer": integer, "negative_slope": slope, "use_ste": False}
                yield "quantized_relu", relu, critical_points(bits + 3, bits - integer - int(slope != 0) + 1)
    for bound in (0.5, 1.25, 7.0, 8.0, 100.0):
        for clip in (True, False):
            clipped: dict[str, Any] = {"bits": 6, "integer": 3, "relu_upper_bound": bound}
            clipped |= {"is_quantized_clip": clip, "use_ste": False}
            yield "quantized_relu", clipped, critical_points(7, 3)


def hard() -> Iterator[Case]:
    """The hard tanh and sigmoid: codes three bits finer than the result, over more than the whole range."""
    for bits in range(1, 13):
        codes = np.arange(-(5 << (bits + 2)), (5 << (bits + 2)) + 1)
        points = np.ldexp(codes.astype(np.float32), -(bits + 3))
        for symmetric in (False, True):
            for name in ("quantized_tanh", "quantized_sigmoid"):
                yield name, {"bits": bits, "symmetric": symmetric}, points


def scaled() -> Iterator[Case]:
    """Numeric alpha, and the step functions (their class adds a float32 error, which is tolerated)."""
    for alpha in (1, 1.0, 0.5, 0.25, 2.0, 8):
        for bits, integer in ((1, 0), (4, 0), (4, 2), (8, 9)):
            arguments = {"bits": bits, "integer": integer, "alpha": alpha, "use_ste": False}
            yield "quantized_bits", arguments, critical_points(bits, bits - integer - 1)
    for scale in (None, 1, 2.0, 0.25):
        for threshold in (None, 0.5, 0.1, 1.0, 3):
            point = np.float32(0.33 if threshold is None else threshold)
            edge = np.array([point, np.nextafter(point, np.float32(9)), np.nextafter(point, np.float32(0))])
            yield (
                "ternary",
                {"alpha": scale, "threshold": threshold},
                np.concatenate([edge, -edge, [0, 5, -5]]).astype(np.float32),
            )
        for use_01 in (False, True):
            yield "binary", {"alpha": scale, "use_01": use_01}, critical_points(2, 1)[:-10]


def least_squares() -> Iterator[Case]:
    """``auto_po2`` on random kernels; some channels all zero, some tiny, some with outliers."""
    for seed, shape in enumerate(((16, 8), (3, 3, 4, 6), (7,), (1, 5), (200, 16), (64, 32))):
        rng = np.random.default_rng(100 + seed)
        kernel = rng.normal(0, 0.3, shape).astype(np.float32)
        kernel *= np.exp2(rng.integers(-12, 4, shape[-1])).astype(np.float32)
        kernel[..., 0] = 0
        if len(shape) > 1:
            kernel[(0,) * (len(shape) - 1) + (1,)] *= 50
        for bits in range(2, 9):
            for integer, keep_negative in ((0, True), (2, True), (0, False)):
                arguments = {
                    "bits": bits,
                    "integer": integer,
                    "keep_negative": keep_negative,
                    "alpha": "auto_po2",
                }
                yield "quantized_bits", arguments, kernel
        for unrolls in (1, 2, 5):
            yield "ternary", {"alpha": "auto_po2", "number_of_unrolls": unrolls}, kernel
        for use_01 in (False, True):
            yield "binary", {"alpha": "auto_po2", "use_01": use_01}, kernel
