"""Average pooling of images and sequences, in windows or over the whole image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.linear_layer import LARGEST_SUM, LinearLayer
from bxnn.compiler.ir import pooling
from bxnn.compiler.ir.advice import coarser_threshold, declare_result
from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.real_layer import real_values
from bxnn.compiler.ir.source import LayerSource, Reals
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2, trailing_zeros
from bxnn.compiler.numeric.quotient import Quotient
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.layers.activation import activation_layers


@dataclass(frozen=True, eq=False)
class AveragePool2D(LinearLayer):
    """``y[p, c] = kernel[c] / pixels(p) * sum over the pixels q in window p of x[q, c] + bias[c]``.

    ``pixels(p)`` counts the pixels of window p that lie inside the image; ``kernel`` is 1 for a plain average. QKeras
    multiplies the average by the area and by a quantized ``1 / area``.

    If every ``kernel[c] / pixels(p)`` is a binary fraction, ``y`` is exact. Otherwise the division is part of the
    rounding that follows: ``y`` is the exact rational, truncated toward minus infinity to a grid so fine that every
    reader decides as it would for the rational. Readers decide at multiples of ``2**-decision_bits`` (codes and, for
    ties, the points half-way between them). The rational is a multiple of ``2**-h / o``, with ``h >= decision_bits``
    and ``o`` the odd factor of a count, so it is a multiple of ``2**-decision_bits`` or at least ``2**-h / o`` away
    from one. Truncated to ``h + ceil(log2 o)`` fraction bits it stays on its side, and a tie stays a tie: a quantizer
    with any rounding and overflow mode returns what it returns for the rational. Keras itself averages in float32: if
    that is exact, the codes are equal; if it rounds, the rational is the definition.

    In hardware the division is free: the weights of the sum are reciprocals, as wide as the proven range of the sum
    requires (``compiler/numeric/quotient.py``), and the grid determines which bits are connected.

    Attributes:
        kernel: Shape (1, channels), or (1, 1) for the same number in all channels.
        bias: ``None`` until a batch normalization is folded in.
        window: The pool. Taps outside the image do not take part.
        keep_image: Whether the output keeps the axes of the image; a global pool may drop them.
        decision_bits: Fraction bits of the points at which readers decide; ``None`` until a pass has determined them.
        threshold: The threshold of a reader that needs so many; ``None`` if something else does.

    Source: Keras ``AveragePooling2D``; QKeras 0.9 ``QAveragePooling2D``, ``QGlobalAveragePooling2D``.
    """

    kind: ClassVar[str] = "averagepool2d"
    takes_output: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    keras_classes: ClassVar[tuple[str, ...]] = (
        *("AveragePooling1D", "AveragePooling2D", "QAveragePooling2D", "AveragePooling3D"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "QGlobalAveragePooling2D"),
        "GlobalAveragePooling3D",
    )

    window: Window
    keep_image: bool = field(default=True)
    decision_bits: int | None = None
    threshold: FinestThreshold | None = None

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, (window, keep_image) = source.one_input(), pooling.keras_pool(source)
        pool = cls(source.name, (name,), pooling.keras_average(source, window), None, window, keep_image)
        if not source.class_name.startswith("Q"):
            source.finish()
            return (pool,)
        after = activation_layers(source, f"{source.name}_activation", source.name, source.input_shapes[0][-1])
        source.finish()
        return (pool, *after)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        one, fifth = pooling.PLAIN_AVERAGE, FixedTensor(np.full((1, 1), 5 * 51), 8)
        shift, scale = FixedTensor(np.array([3, -5]), 3), FixedTensor(np.array([[3, -2]]), 1)
        square = Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0))
        nine = Window((3, 3), (2, 2), (1, 1), (1, 1), (1, 1))  # 4 and 6 pixels at the edges
        three = Window((3,), (2,), (1,), (0,), (0,))
        pools = [
            (cls("y", ("x",), one, None, square), (4, 5, 2), unsigned),
            (cls("y", ("x",), one, None, replace(square, after=(1, 1))), (3, 3, 1), signed),
            (cls("y", ("x",), fifth, None, Window.whole((5,)), False), (5, 2), signed),
            (cls("y", ("x",), one, None, nine, True, 3), (5, 4, 1), unsigned),
            (cls("y", ("x",), one, None, Window.whole((7,)), False, 2), (7, 2), signed),
            (cls("y", ("x",), scale, shift, three, True, 3), (5, 2), signed),
        ]
        return tuple(Example(pool, (Tensor.of_format(shape, form),)) for pool, shape, form in pools)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return pooling.pooled_shape(self.describe(), self.window, self.keep_image, shapes[0])

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        """None at a padded edge, where the divisor changes, and none for a pool over the whole image."""
        return self.window if self.keep_image and not self.window.padded else None

    def decided_at(self, decision_bits: int, threshold: FinestThreshold | None) -> AveragePool2D:
        return replace(self, decision_bits=decision_bits, threshold=threshold)

    def width_advice(self) -> str | None:
        return None if self.threshold is None else coarser_threshold(self.threshold, self.decision_bits, self.name)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        low, high = self._sum_bounds(sources[0])
        kernel, bias = self._exact()
        grid, reach = self._fraction_bits(sources), float(max(-low.min(), high.max(), 1))
        dividend = np.ldexp(np.abs(kernel.values).max() * reach, grid - sources[0].format.fraction_bits)
        if dividend + (0.0 if bias is None else np.ldexp(np.abs(bias.values).max(), grid)) >= LARGEST_SUM:
            raise self._too_wide()
        one, other = (self._averaged(codes, sources)[0] for codes in (low, high))
        return Tensor.of_range(np.minimum(one, other), np.maximum(one, other), grid)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        return self._averaged(self.sums(np.ones((1, 1), value.dtype), value), sources)

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        pixels = (self.window.taps(values[0].shape[1:-1]) >= 0).sum(axis=1, keepdims=True)
        sums = self.sums(np.ones((1, 1)), stacked(values))
        means = (sums.reshape(len(sums), len(pixels), -1) / pixels * real_values(self.kernel)).reshape(sums.shape)
        return np.asarray(means if self.bias is None else means + real_values(self.bias))

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        low, high = self._sum_bounds(sources[0])
        factor = int(np.abs(self._scaled_kernel(sources)).max())
        return max(HardwareLayer.magnitude(self, sources), factor * int(max(-low.min(), high.max(), 1)))

    def macs(self, shape: tuple[int, ...]) -> int:
        return int(np.prod(self.window.positions(shape[:-1])) * np.prod(self.window.size)) * shape[-1]

    def sums(self, kernel: Codes, value: Codes) -> Codes:
        taps = self.window.taps(value.shape[1:-1])
        pixels = value.reshape(len(value), -1, value.shape[-1])
        total = np.zeros((len(value), len(taps), value.shape[-1]), value.dtype)
        for tap in taps.T:
            present = np.flatnonzero(tap >= 0)
            total[:, present] += np.take(pixels, tap[present], axis=1)
        return np.asarray(total * kernel).reshape(len(value), *self.output_shape([value.shape[1:]]))

    def matrix(self, kernel: Int, shape: tuple[int, ...]) -> Int:
        taps, channels = self.window.taps(shape[:-1]), shape[-1]
        weights = np.zeros((len(taps), channels, int(np.prod(shape[:-1])), channels), np.int64)
        position, tap = np.nonzero(taps >= 0)
        for channel in range(channels):
            weights[position, channel, taps[position, tap], channel] = kernel[position, channel % kernel.shape[1]]
        return weights.reshape(len(taps) * channels, -1)

    def over_outputs(self, channels: Codes) -> Codes:
        return channels

    def dropped_bits(self, sources: Sequence[Tensor]) -> int:
        return self._quotient(sources).shift

    def _pixels(self, source: Tensor) -> Int:
        """Number of pixels inside the image for each position, shape (positions, 1)."""
        self.output_shape([source.shape])
        return np.asarray((self.window.taps(source.shape[:-1]) >= 0).sum(axis=1, keepdims=True), np.int64)

    def _fraction_bits(self, sources: Sequence[Tensor]) -> int:
        """Grid of the result; a ``ModelError`` if it is not a binary fraction and no reader rounds it."""
        kernel, bias = self._exact()
        counts: list[int] = np.unique(self._pixels(sources[0])).tolist()
        codes: list[int] = np.unique(kernel.codes).tolist()
        parts = {Fraction(code, count).denominator: count for count in counts for code in codes}
        twos = max(map(trailing_zeros, parts))
        odd = max(part >> trailing_zeros(part) for part in parts)
        exact = sources[0].format.fraction_bits + kernel.fraction_bits + twos
        grid = exact if bias is None else max(exact, bias.fraction_bits)
        if odd == 1:
            return grid
        if self.decision_bits is None:
            count = max(count for part, count in parts.items() if part & (part - 1))
            raise ModelError(
                self.describe(),
                f"divides by {count} pixels, which does not give a binary fraction; put a quantizer directly after it, "
                f"or {declare_result(self.name)}",
            )
        return max(grid, self.decision_bits) + ceil_log2(odd)

    def _scaled_kernel(self, sources: Sequence[Tensor]) -> Int:
        """The kernel on the grid of the result, before the division."""
        kernel, _ = self._exact()
        return kernel.aligned(self._fraction_bits(sources) - sources[0].format.fraction_bits).codes

    def _averaged(self, sums: Codes, sources: Sequence[Tensor]) -> Codes:
        """The definition: the exact quotient of each sum on the grid of the result, rounded toward minus infinity."""
        pixels, image = self._pixels(sources[0]), sums.shape
        flat = sums.reshape(len(sums), len(pixels), -1)
        dividend = flat * self._scaled_kernel(sources).astype(sums.dtype)
        _, bias = self._exact()
        shift = 0 if bias is None else bias.aligned(self._fraction_bits(sources)).codes.astype(sums.dtype)
        return np.asarray(np.floor_divide(dividend, pixels.astype(sums.dtype)) + shift).reshape(image)

    def _sum_bounds(self, source: Tensor) -> tuple[Int, Int]:
        """Exact interval of each sum, with a batch axis of 1."""
        one = np.ones((1, 1), np.int64)
        return self.sums(one, source.low[np.newaxis]), self.sums(one, source.high[np.newaxis])

    def _factors(self, sources: Sequence[Tensor]) -> tuple[list[Fraction], Int]:
        """The factors of the sums on the grid of the result: all distinct ones, and which of them applies where."""
        kernel, pixels = self._scaled_kernel(sources), self._pixels(sources[0])
        pairs = np.stack(np.broadcast_arrays(kernel, pixels), axis=-1)
        distinct, where = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
        factors = [Fraction(code, count) for code, count in distinct.tolist()]
        return factors, np.asarray(where.reshape(pairs.shape[:-1]), np.int64)

    def _quotient(self, sources: Sequence[Tensor]) -> Quotient:
        low, high = self._sum_bounds(sources[0])
        return Quotient.of(self._factors(sources)[0], int(low.min()), int(high.max()))

    def _aligned(self, sources: Sequence[Tensor]) -> tuple[FixedTensor, FixedTensor]:
        """Reciprocals (positions, channels or 1) and bias, with ``Quotient.shift`` bits below the result's grid."""
        bias, quotient, (_, where) = self._exact()[1], self._quotient(sources), self._factors(sources)
        low, high = self._sum_bounds(sources[0])
        reach = max(map(abs, quotient.multipliers)) * int(max(-low.min(), high.max(), 1))
        grid = self._fraction_bits(sources) + quotient.shift
        try:
            offset = np.zeros(1, np.int64) if bias is None else bias.aligned(grid).codes
        except OverflowError:
            raise self._too_wide() from None
        if reach + float(np.abs(offset).max()) >= LARGEST_SUM:
            raise self._too_wide()
        found = np.array(quotient.multipliers, np.int64)[where], offset + quotient.offset
        return FixedTensor(found[0], grid), FixedTensor(found[1], grid)
