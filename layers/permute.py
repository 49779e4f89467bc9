"""Permute: the axes of a tensor in a new order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Permute(HardwareLayer):
    """``y`` has axis ``axes[k]`` of ``x`` as its axis k; wires only.

    Attributes:
        axes: Axes of the input, counted from 0, without the batch axis.
    """

    kind: ClassVar[str] = "permute"
    selects: ClassVar[bool] = True
    moves: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = ("Permute",)
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Transpose",)

    axes: tuple[int, ...]

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, dims = source.one_input(), source.get("dims")
        rank = len(source.input_shapes[0])
        listed = dims if isinstance(dims, list | tuple) and all(type(dim) is int for dim in dims) else []
        if sorted(listed) != list(range(1, rank + 1)):
            raise ModelError(source.subject, f"dims {dims!r} is not a permutation of the axes 1 to {rank}")
        source.finish()
        return (cls(source.name, (name,), tuple(dim - 1 for dim in listed)),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        node.make(cls, tuple(int(axis) for axis in node.get("perm")))
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        tensor = Tensor.of_format((2, 3, 2), FixedFormat(True, 1, 2))
        return tuple(Example(cls("y", ("x",), axes), (tensor,)) for axes in ((1, 2, 0), (0, 2, 1)))

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        if len(shapes[0]) != len(self.axes):
            raise ModelError(self.describe(), f"orders {len(self.axes)} axes, but its input has shape {shapes[0]}")
        return tuple(shapes[0][axis] for axis in self.axes)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return sources[0].rewired(lambda codes: codes.transpose(self.axes))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return stacked(values).transpose(0, *(axis + 1 for axis in self.axes))

    def passes_order(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.is_serial:
            return None
        return PipelineStage.wires(layout, layout)

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return {"elements": np.arange(sources[0].size).reshape(sources[0].shape).transpose(self.axes).ravel()}
