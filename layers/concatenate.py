"""Concatenate: tensors side by side along one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.alignment import aligned
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class Concatenate(HardwareLayer):
    """The inputs side by side, in the narrowest format that holds the values of all of them; wires only.

    Attributes:
        axis: Counted from 0, without the batch axis.
    """

    kind: ClassVar[str] = "concatenate"
    selects: ClassVar[bool] = True
    moves: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = ("Concatenate",)
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Concatenate",)

    axis: int

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        axis, rank = source.get("axis", -1), len(source.input_shapes[0])
        source.finish()
        if len(source.inputs) < 2:
            raise ModelError(source.subject, "has 1 input; it needs at least 2")
        if type(axis) is not int or not (1 <= axis <= rank or -rank <= axis <= -1):
            raise source.refuse("axis", f"use 1 to {rank}, or -1")
        return (cls(source.name, source.inputs, axis - 1 if axis > 0 else rank + axis),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        axis, rank = node.number("axis"), len(node.sources[0].shape)
        node.make(cls, axis - 1 if axis > 0 else rank + axis)
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 4)
        shapes = ((2, 1, 2), (2, 2, 2))
        images = tuple(Tensor.of_format(shape, signed) for shape in shapes)
        mixed = (
            Tensor.of_format((3,), signed),
            Tensor.of_format((2,), unsigned),
            Tensor.of_format((1,), signed),
        )
        return (
            Example(cls("y", ("x0", "x1"), 1), images),
            Example(cls("y", ("x0", "x1", "x2"), 0), mixed),
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        others = {(*shape[: self.axis], 0, *shape[self.axis + 1 :]) for shape in shapes}
        if len(others) != 1 or self.axis >= len(shapes[0]):
            listed = " and ".join(map(str, shapes))
            raise ModelError(self.describe(), f"inputs of shapes {listed} cannot be concatenated on axis {self.axis}")
        total = sum(shape[self.axis] for shape in shapes)
        return (*shapes[0][: self.axis], total, *shapes[0][self.axis + 1 :])

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([source.shape for source in sources])
        fraction_bits = max(source.format.fraction_bits for source in sources)
        low = np.concatenate(aligned(self.describe(), [source.low for source in sources], sources), axis=self.axis)
        high = np.concatenate(aligned(self.describe(), [source.high for source in sources], sources), axis=self.axis)
        zeros = np.concatenate([_zeros(source, fraction_bits) for source in sources], axis=self.axis)
        same = len({source.format for source in sources}) == 1
        found = Tensor(sources[0].format, low, high) if same else Tensor.of_range(low, high, fraction_bits)
        return replace(found, zeros=zeros if zeros.any() else None)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return np.concatenate(aligned(self.describe(), values, sources), axis=self.axis + 1)

    def passes_order(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if not layout.is_parallel:
            return None
        outputs = sum(source.size for source in sources)
        return PipelineStage.wires(layout, Layout.parallel(outputs))

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``elements``: for each output element, its position among all input elements, input after input."""
        starts = np.cumsum([0, *(source.size for source in sources)])
        places = [start + np.arange(s.size).reshape(s.shape) for start, s in zip(starts, sources, strict=False)]
        return {"elements": np.concatenate(places, axis=self.axis).ravel()}


def _zeros(tensor: Tensor, fraction_bits: int) -> Int:
    """Low bits of each element that are always zero, on a grid that may be finer."""
    own = np.zeros(tensor.shape, np.int64) if tensor.zeros is None else tensor.zeros
    return own + (fraction_bits - tensor.format.fraction_bits)
