"""Zero padding of images and sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.convolution import Convolution
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.keras_axes import axis_pairs
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.ir.window import image_shape, rank_of
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor

_LARGEST = 1 << 10  # of a border


@dataclass(frozen=True, eq=False)
class ZeroPadding(HardwareLayer):
    """``y = x`` with a border of zeros; wires only. Before a convolution it becomes the border of its window.

    Attributes:
        before: Zeros added in front: rows, and columns if there are any.
        after: The same at the end.
    """

    kind: ClassVar[str] = "zero_padding"
    selects: ClassVar[bool] = True
    moves: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = ("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("ZeroPadding1D", "ZeroPadding2D")

    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, rank = source.one_input(), rank_of(source)
        image_shape(source, rank)
        border = axis_pairs(source, "padding", rank, 1, range(_LARGEST))
        source.finish()
        return (cls(source.name, (name,), tuple(near for near, _ in border), tuple(far for _, far in border)),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        rank = len(node.sources[0].shape) - 1
        sides = (("top", "bottom"), ("left", "right"))[-rank:]
        before, after = (tuple(node.number(f"pad_{side}") for side in edge) for edge in zip(*sides, strict=True))
        node.make(cls, before, after)
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        return (
            Example(cls("y", ("x",), (1, 0), (0, 2)), (Tensor.of_format((2, 3, 2), signed),)),
            Example(cls("y", ("x",), (2,), (1,)), (Tensor.of_format((3, 1), unsigned),)),
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        *image, channels = shapes[0]
        if len(image) != len(self.before):
            raise ModelError(self.describe(), f"pads {len(self.before)} axes, but its input has shape {shapes[0]}")
        sizes = (near + pixels + far for near, pixels, far in zip(self.before, image, self.after, strict=True))
        return (*sizes, channels)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        source = sources[0]
        return Tensor(source.format, *(self._padded(codes[np.newaxis], 0)[0] for codes in (source.low, source.high)))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return self._padded(stacked(values), 0)

    def passes_order(self) -> bool:
        return True

    def folded_forward(self, consumer: Layer) -> Layer | None:
        return consumer.widened(self.before, self.after) if isinstance(consumer, Convolution) else None

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.is_serial:
            return None
        outputs = int(np.prod(self.output_shape([sources[0].shape])))
        return PipelineStage.wires(layout, layout.holding(outputs))

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        elements = np.arange(sources[0].size).reshape(1, *sources[0].shape)
        return {"elements": self._padded(elements, -1).ravel()}

    def _padded(self, value: Codes, filler: int) -> Codes:
        border = ((0, 0), *zip(self.before, self.after, strict=True), (0, 0))
        return np.pad(value, border, constant_values=filler)
