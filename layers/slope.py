"""Slopes below zero, of any size, one per channel: thresholds or a table with the quantizer after them, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.hls4ml_tables import TABLES
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.notices import CloseThresholds, Notice
from bxnn.compiler.ir.relu_attributes import hls4ml_parametrized_relu, hls4ml_threshold, keras_slope, keras_slope_shift
from bxnn.compiler.ir.rounded_layer import RoundedLayer
from bxnn.compiler.ir.source import LayerSource, Reals
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.monotone import Clamp, Leaky, Monotone
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.staircase import Staircase, staircase_of
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.affine import Affine
from bxnn.layers.curve import CurveLayer
from bxnn.layers.lookup import TABLE_BITS
from bxnn.layers.maximum import Maximum
from bxnn.layers.minimum import Minimum
from bxnn.layers.table_entries import between_decisions, numbers, rounded
from bxnn.layers.threshold import Threshold
from bxnn.layers.thresholded_relu import thresholded_relu

_MOST_CODES, _FLOAT32_BITS = 1 << 22, 24  # of an input whose results are computed one by one; bits that float32 holds
_FEW_STEPS, _MOST_STEPS = 15, 255  # per channel: in comparators rather than a table, and at all


@dataclass(frozen=True, eq=False)
class SlopeLayer(RoundedLayer):
    """``y = quantizer(x >= 0 ? x : slope[c] * x)``, the product as float32 rounds it; not emitted.

    The pass ``fold`` merges the quantizer after the layer into it; ``resolve_formats`` makes it comparators, if its
    results have few codes, or a table of all codes of the input.

    Attributes:
        slopes: Shape (channels,), or (1,) for all channels of the last axis.
        quantizer: The quantizer of its results; ``None`` until a quantizer after it has been merged.
        decision_bits: Without such a quantizer: fraction bits of the points at which readers decide. The table then
            holds, for each code, a number on the same side of all of them.

    Source: Keras ``PReLU``, ``LeakyReLU``.
    """

    kind: ClassVar[str] = "slope"
    keras_classes: ClassVar[tuple[str, ...]] = ("LeakyReLU", "PReLU")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("ParametrizedActivation", "LeakyReLU", "ThresholdedReLU", "PReLU")

    slopes: FixedTensor
    quantizer: FixedQuantizer | None = None
    decision_bits: int | None = None

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, shape = source.one_input(), source.input_shapes[0]
        if source.class_name == "LeakyReLU":
            layer = _leaky(source, name)
            source.finish()
            return (layer,)
        shared = source.get("shared_axes") or []
        if not isinstance(shared, list | tuple) or not set(range(1, len(shape))) <= set(shared):
            raise source.refuse("shared_axes", "share the slopes over all axes but the last")
        source.ignore("alpha_initializer", "alpha_regularizer", "alpha_constraint")
        channels = 1 if len(shape) in shared else shape[-1]
        alpha = source.weight("alpha", (*(1,) * (len(shape) - 1), channels)).ravel()
        source.finish()
        return (cls.of(source.name, name, alpha.astype(np.float64)),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """Any slope, exactly: the larger (or smaller) of ``x`` and ``slope * x``; any threshold from 0 up."""
        if node.word("activation") in TABLES:  # an ELU
            CurveLayer.from_hls4ml(node)
            return
        thresholded = node.class_name != "PReLU" and node.word("activation").replace("_", "") == "thresholdedrelu"
        if thresholded and hls4ml_threshold(node)[0]:
            thresholded_relu(node, *hls4ml_threshold(node))
            node.finish()
            return
        function = None if node.class_name == "PReLU" else hls4ml_parametrized_relu(node)
        if isinstance(function, ElementFunction):
            node.make(ActivationLayer, function)
        else:
            _any_slope(node, node.weights("param") if function is None else function)
        node.finish()

    @classmethod
    def of(cls, name: str, source: str, slopes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> SlopeLayer:
        """The layer for exact slopes.

        Raises:
            ModelError: If the largest and the smallest differ by more than 62 bits hold.
        """
        layer = cls(name, (source,), FixedTensor(np.zeros(1, np.int64), 0))
        try:
            return replace(layer, slopes=FixedTensor.from_real(slopes).reduced())
        except OverflowError as error:
            raise ModelError(layer.describe(), f"its slopes are too different ({error}); round them") from error

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        source = Tensor.of_format((2, 3), FixedFormat(True, 3, 4))
        slopes = FixedTensor(np.array([3, 0, -5]), 4)
        fine = FixedQuantizer(FixedFormat(True, 3, 3), Rounding.RND_CONV, Overflow.SAT)
        few = FixedQuantizer(FixedFormat(True, 1, 1), Rounding.TRN, Overflow.SAT_SYM)
        cases = (slopes, fine), (FixedTensor(np.array([6711]), 14), few), (FixedTensor(np.array([1, 9, 0]), 3), few)
        return tuple(Example(cls("y", ("x",), *case), (source,)) for case in cases)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        channels = self.slopes.codes.size
        if channels not in (1, shapes[0][-1]):
            raise ModelError(self.describe(), f"has slopes of {counted(channels, 'channel')}, its input is {shapes[0]}")
        return shapes[0]

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        value = stacked(values)
        return self.rounded_reals(np.where(value < 0, value * self.slopes.values, value))

    def resolved(self, sources: Sequence[Tensor]) -> Layer:
        (source,) = sources
        if self.quantizer is None and self.decision_bits is not None:
            return between_decisions(self, self._rows(numbers(self, source, within=True)), self.decision_bits)
        return self._comparators(source) or rounded(self, self._rows(numbers(self, source)), self.known_quantizer())

    def _comparators(self, source: Tensor) -> Layer | None:
        """Thresholds, where there are few of them, or more than a table takes and not too many."""
        quantizer = self.quantizer
        if quantizer is None or (self.slopes.codes < 0).any() or quantizer.overflow is Overflow.WRAP:
            return None
        stairs = self._stairs(source, quantizer)
        steps = max(stair.thresholds.size for stair in stairs)
        if steps <= _FEW_STEPS or (source.bits > TABLE_BITS and steps <= _MOST_STEPS):
            return Threshold.of_stairs(self.name, self.inputs, source, stairs, quantizer.format)
        return None

    def notice(self, subject: str, sources: Sequence[Tensor]) -> Notice | None:
        """How many thresholds float32 might take for a neighbouring code, if any."""
        if self.quantizer is None or (self.slopes.codes < 0).any() or self.quantizer.overflow is Overflow.WRAP:
            return None
        stairs = self._stairs(sources[0], self.quantizer)
        close, total = sum(stair.close for stair in stairs), sum(stair.thresholds.size for stair in stairs)
        return CloseThresholds(subject, close, total) if close else None

    def without_quantizer(self) -> str:
        return (
            "its slopes are not powers of two, so its results are long; put a quantizer right after it, or "
            f"{declare_result(self.name)}"
        )

    def _in_float32(self, codes: Int, source: Tensor) -> list[Reals]:
        """Results for codes of the input that float32 holds, a row for every slope."""
        reals = np.ldexp(codes.astype(np.float32), -source.format.fraction_bits)
        slopes = self.slopes.values.ravel().astype(np.float32)
        return [np.where(reals < 0, reals * slope, reals).astype(np.float64) for slope in slopes]

    def _slopes(self) -> list[Fraction]:
        unit = Fraction(2) ** self.slopes.fraction_bits
        return [code / unit for code in map(Fraction, self.slopes.codes.tolist())]

    def _rows(self, given: Sequence[Fraction]) -> list[list[Fraction]]:
        """Results for numbers, a row for every slope."""
        return [[_product(number, slope) if number < 0 else number for number in given] for slope in self._slopes()]

    def _stairs(self, source: Tensor, quantizer: FixedQuantizer) -> tuple[Staircase, ...]:
        low, high = int(source.low.min()), int(source.high.max())
        if high - low < _MOST_CODES and max(-low, high) < 1 << _FLOAT32_BITS:
            codes: Int = np.arange(low, high + 1)
            return tuple(_counted(codes, row, quantizer) for row in self._in_float32(codes, source))
        steps = [Leaky(slope) if slope else Clamp(Fraction(0), None) for slope in self._slopes()]
        return tuple(staircase_of(Monotone((step,)), quantizer, source) for step in steps)


def _product(number: Fraction, slope: Fraction) -> Fraction:
    """The product as frameworks compute it: rounded to float32, which makes ties of slopes such as 0.3."""
    return Fraction(float(np.float32(float(number)) * np.float32(float(slope))))


def _counted(codes: Int, results: Reals, quantizer: FixedQuantizer) -> Staircase:
    """The staircase of increasing results."""
    rounded_codes = quantizer.quantize_real(results)
    return Staircase(int(rounded_codes[0]), 1, np.repeat(codes[1:], np.diff(rounded_codes)), 0)


def _any_slope(node: NodeSource, slopes: FixedTensor) -> None:
    channels, one = node.sources[0].shape[-1], 1 << max(slopes.fraction_bits, 0)
    codes = slopes.codes.ravel() << max(-slopes.fraction_bits, 0)
    if codes.size not in (1, channels):
        raise node.refuse(f"has {codes.size} slopes; share them over all axes but the last, of {channels} channels")
    if (codes < one).any() and (codes > one).any():
        raise node.refuse("has slopes below 1 and above 1; keep them on one side")
    scaled = node.make(Affine, FixedTensor(np.resize(codes, channels), max(slopes.fraction_bits, 0)), None)
    node.append(Minimum if (codes > one).any() else Maximum, (*node.inputs, scaled.name))


def _leaky(source: LayerSource, name: str) -> Layer:
    """A ``LeakyReLU``: a shift where the slope is a power of two."""
    key = "negative_slope" if "negative_slope" in source.config else "alpha"
    slope = keras_slope(source, key, 0.3)
    if slope == 0 or math.frexp(slope)[0] == 0.5:
        return ActivationLayer(source.name, (name,), Rectifier(keras_slope_shift(source, key, 0.3)))
    return SlopeLayer.of(source.name, name, np.array([np.float32(slope)], np.float64))
