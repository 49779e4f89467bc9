"""Average pooling of images and sequences, in windows or over the whole image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

import numpy as np

from compiler.errors import ModelError
from compiler.ir.format import FixedFormat
from compiler.ir.layer import Example, Layer
from compiler.ir.linear_layer import LinearLayer
from compiler.ir.rounding import Codes
from compiler.ir.source import LayerSource
from compiler.ir.tensor import FixedTensor, Int, Tensor
from compiler.ir.window import Window, image_shape, rank_of
from layers.activation import activation_layer


@dataclass(frozen=True, eq=False)
class AveragePool2D(LinearLayer):
    """``y[p, c] = kernel[p, c] * sum over the pixels q in window p of x[q, c] + bias[c]``.

    The kernel of a plain average is one over the number of pixels in the window. QKeras multiplies the average by the
    area and by a quantized ``1 / area``.

    Attributes:
        kernel: Shape (positions, channels), or (positions, 1) for the same number in all channels.
        bias: ``None`` until a batch normalization is folded in.
        window: The pool. Taps off the image do not take part.
        keep_image: Whether the output keeps the axes of the image; a global pool may drop them.

    Source: Keras ``AveragePooling2D``; QKeras 0.9 ``QAveragePooling2D``, ``QGlobalAveragePooling2D``.
    """

    kind: ClassVar[str] = "averagepool2d"
    keras_classes: ClassVar[tuple[str, ...]] = (
        *("AveragePooling1D", "AveragePooling2D", "QAveragePooling2D"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "QGlobalAveragePooling2D"),
    )

    window: Window
    keep_image: bool = field(default=True)

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, rank = source.one_input(), rank_of(source)
        image = image_shape(source, rank)
        if "Global" in source.class_name:
            window, keep_image = Window.whole(image), source.flag("keepdims", False)
        else:
            window, keep_image = Window.from_keras(source, "pool_size", rank), True
        pixels = (window.taps(image) >= 0).sum(axis=1)
        pool = cls(source.name, (name,), _weights(source, window, pixels), None, window, keep_image)
        if not source.class_name.startswith("Q"):
            source.finish()
            return (pool,)
        after = activation_layer(source, f"{source.name}_activation", source.name)
        source.finish()
        return (pool, after)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        quarter, fifth = FixedTensor(np.ones((4, 1), np.int64), 2), FixedTensor(np.full((1, 1), 51), 8)
        corner = FixedTensor(np.array([[1], [2], [2], [4]]), 2)
        pools = [
            (
                cls("y", ("x",), quarter, None, Window((2, 2), (2, 2), (1, 1), (0, 0), (0, 0))),
                (4, 5, 2),
                unsigned,
            ),
            (
                cls("y", ("x",), corner, None, Window((2, 2), (2, 2), (1, 1), (0, 0), (1, 1))),
                (3, 3, 1),
                signed,
            ),
            (cls("y", ("x",), fifth, None, Window.whole((5,)), False), (5, 2), signed),
        ]
        return tuple(Example(pool, (Tensor.of_format(shape, form),)) for pool, shape, form in pools)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        *image, channels = shapes[0]
        positions = self.window.positions(tuple(image)) if len(image) == len(self.window.size) else ()
        if int(np.prod(positions)) != len(self.kernel.values):
            raise ModelError(self.describe(), f"pool {self.window.size} does not fit its input of shape {shapes[0]}")
        return (*positions, channels) if self.keep_image else (channels,)

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
            by_position = kernel[:, channel % kernel.shape[1]]
            weights[position, channel, taps[position, tap], channel] = by_position[position]
        return weights.reshape(len(taps) * channels, -1)

    def over_outputs(self, channels: Int) -> Int:
        return channels

    def over_inputs(self, channels: Int) -> Int | None:
        return None

    def responses(self, products: Int) -> Int | None:
        return None


def _weights(source: LayerSource, window: Window, pixels: Int) -> FixedTensor:
    """What every window's sum is multiplied by, exactly; ``pixels`` is the number of pixels in it."""
    area = int(np.prod(window.size))
    numerator = Fraction(1)
    if source.get("average_quantizer") is not None:
        quantizer = source.weight_quantizer("average_quantizer")
        reciprocal = quantizer.quantize(np.array([1.0 / area], np.float32))
        numerator = area * Fraction(int(reciprocal.codes[0])) / Fraction(2) ** reciprocal.fraction_bits
        if numerator == 0:
            raise source.refuse("average_quantizer", f"it turns 1/{area} into 0, use more fraction bits")
    factors = {int(count): numerator / int(count) for count in np.unique(pixels)}
    for count, factor in factors.items():
        if factor.denominator & (factor.denominator - 1):
            raise ModelError(source.subject, _not_exact(count, area, source.class_name))
    return FixedTensor.from_real(np.array([[float(factors[int(count)])] for count in pixels]))


def _not_exact(count: int, area: int, class_name: str) -> str:
    if count == area:
        return f"area {area} is no power of two; use QAveragePooling2D or a power-of-two pool"
    at_the_edge = f"at the edge of the image it averages {count} pixels"
    if class_name.startswith("Q"):
        return f"{at_the_edge} of {area}, and {area}/{count} is no binary fraction; use padding='valid'"
    return f"{at_the_edge}, which is no power of two; use padding='valid'"
