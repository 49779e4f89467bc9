"""Threshold: a staircase per channel, the function between two quantizers of any scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.errors import InternalError, ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.staircase_lanes import StaircaseLanes
from bxnn.compiler.ir.hls4ml_signs import first_codes
from bxnn.compiler.ir.layer import Example, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.staircase import Staircase
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.reshape import Reshape


@dataclass(frozen=True, eq=False)
class Threshold(HardwareLayer):
    """``y = base[c] + step[c] * #{k : x >= thresholds[c, k]}`` for every element, c its channel; one register or two.

    Attributes:
        thresholds: Codes of the input, shape (channels, steps), or (1, steps) if all channels have the same; ascending.
            A channel with fewer steps than others is filled with thresholds beyond its range. On the grid of the input.
        base: Codes of the result, shape (channels,) or (1,).
        step: 1 where a channel rises, -1 where it falls; the shape of ``base``.
        format: Format of the result.

    Source: the MultiThreshold of FINN; M. Blott et al., ACM TRETS 11 (2018) 16.
    """

    kind: ClassVar[str] = "threshold"
    elementwise: ClassVar[bool] = True
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("BatchNormalizationQuantizedTanh",)

    thresholds: FixedTensor
    base: FixedTensor
    step: FixedTensor
    format: FixedFormat

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """The sign of a normalized value, or that and zero between two thresholds; of a channel or an element each."""
        shape, source = node.sources[0].shape, node.tensor.format
        binary = node.get("quantize") == 2
        roles, grid = ("threshold",) if binary else ("threshold_lo", "threshold_hi"), source.fraction_bits
        steps = np.stack([first_codes(node.weights(role), grid, not binary) for role in roles], axis=-1)
        steps = np.sort(np.minimum(steps, steps[..., -1:]), axis=-1)  # the upper threshold is compared first
        number_format = FixedFormat(False, 1, 0) if binary else FixedFormat(True, 1, 0)
        own = FixedTensor(np.ascontiguousarray(steps.reshape(-1, len(roles))), grid)
        base, step = (np.full(len(own.codes), code) for code in (0 if binary else -1, 1))
        rest = FixedTensor(base, 0), FixedTensor(step, 0), number_format
        if len(own.codes) in (1, shape[-1]):
            node.make(cls, own, *rest)
            return
        node.make(Reshape, (int(np.prod(shape)),))
        node.make(cls, own, *rest)
        node.make(Reshape, shape)

    @classmethod
    def of_stairs(
        cls, name: str, inputs: tuple[str, ...], source: Tensor, stairs: Sequence[Staircase], result: FixedFormat
    ) -> Threshold:
        """The layer for staircases, one for each channel or one for all.

        Args:
            name: Of the layer.
            inputs: What it reads.
            source: The tensor of that.
            stairs: The codes of its results.
            result: Their format.
        """
        codes = np.full((len(stairs), max(1, *(stair.thresholds.size for stair in stairs))), source.format.high + 1)
        for row, stair in zip(codes, stairs, strict=True):
            row[: stair.thresholds.size] = stair.thresholds
        base, step = (np.array([getattr(stair, part) for stair in stairs]) for part in ("base", "direction"))
        grid = result.fraction_bits
        own = FixedTensor(codes, source.format.fraction_bits)
        return cls(name, inputs, own, FixedTensor(base, grid), FixedTensor(step, grid), result)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 4, 2), FixedFormat(False, 2, 3)
        cases = [  # shape, format of x, thresholds, base, step, format of y
            ((5,), signed, [[-9, 0, 9]], [-1], [1], FixedFormat(True, 2, 0)),
            ((3,), signed, [[-64, 3, 4], [0, 0, 63], [-5, -4, 70]], [0, 3, 0], [1, -1, 1], FixedFormat(False, 2, 0)),
            ((2, 2, 2), unsigned, [[0, 1], [17, 30]], [-1, 2], [1, -1], FixedFormat(True, 2, 1)),
            ((4,), unsigned, [[1]], [1], [-1], FixedFormat(False, 1, 0)),
        ]
        found = []
        for shape, source, thresholds, base, step, result in cases:
            layer = cls(
                "y",
                ("x",),
                FixedTensor(np.array(thresholds), source.fraction_bits),
                FixedTensor(np.array(base), result.fraction_bits),
                FixedTensor(np.array(step), result.fraction_bits),
                result,
            )
            found.append(Example(layer, (Tensor.of_format(shape, source),)))
        return tuple(found)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        rows = len(self.thresholds.codes)
        if rows not in (1, shapes[0][-1]):
            raise ModelError(self.describe(), f"has thresholds of {counted(rows, 'channel')}, its input is {shapes[0]}")
        if not self.base.codes.size == self.step.codes.size == rows:
            raise InternalError(self.describe(), "has other numbers of bases or steps than of rows of thresholds")
        return shapes[0]

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        return Window.pixel(len(sources[0].shape) - 1)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([sources[0].shape])
        if sources[0].format.fraction_bits != self.thresholds.fraction_bits:
            raise InternalError(self.describe(), f"its thresholds are not on the grid of {sources[0].format}")
        ends = [self.evaluate([codes[np.newaxis]], sources)[0] for codes in (sources[0].low, sources[0].high)]
        return Tensor(self.format, np.minimum(*ends), np.maximum(*ends))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        steps = np.zeros_like(value)
        for threshold in self.thresholds.codes.T:
            steps += (value >= threshold.astype(value.dtype)).astype(value.dtype)
        return np.asarray(steps * self.step.codes.astype(value.dtype) + self.base.codes.astype(value.dtype))

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        reach = max(int(np.abs(codes).max(initial=0)) for codes in (self.thresholds.codes, self.base.codes))
        return max(super().magnitude(sources), reach, int(self.thresholds.codes.shape[1]))

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        lanes = layout.channels(len(self.thresholds.codes))
        if lanes is None:
            return None
        source = sources[0]
        thresholds = self._within(source) - source.format.low
        stairs = StaircaseLanes(thresholds, self.base.codes, self.step.codes, source.bits, self.format.bits)
        return stairs.stage(layout, lanes, pipelining)

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``lanes``: the row of every lane; ``codes``: thresholds at most one beyond the input's format."""
        lanes = binding.source.channels(len(self.thresholds.codes))
        if lanes is None:
            raise InternalError(self.describe(), f"has a lane of several channels: {binding.source}")
        return {"lanes": lanes, "codes": self._within(sources[0])}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return {"codes": self._within(sources[0])}

    def _within(self, source: Tensor) -> Int:
        """A threshold beyond the input's format acts like one just outside it, which needs no more bits."""
        return np.clip(self.thresholds.codes, source.format.low - 1, source.format.high + 1)
