"""Flatten and Reshape: the same elements with a new shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.errors import ModelError
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
from bxnn.compiler.plural import counted


@dataclass(frozen=True, eq=False)
class Reshape(HardwareLayer):
    """``y = x`` in row-major order; wires only.

    Attributes:
        shape: Shape of the output, without the batch axis.
    """

    kind: ClassVar[str] = "reshape"
    selects: ClassVar[bool] = True
    moves: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = ("Flatten", "Reshape")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Reshape",)

    shape: tuple[int, ...]

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        size = math.prod(source.input_shapes[0])
        if source.class_name == "Flatten":
            source.expect("data_format", "channels_last", None, advice="use 'channels_last'")
            source.finish()
            return (cls(source.name, (name,), (size,)),)
        target = source.get("target_shape")
        source.finish()
        if not isinstance(target, list | tuple) or not all(type(n) is int and (n > 0 or n == -1) for n in target):
            raise ModelError(source.subject, f"target_shape {target!r} is not a list of sizes")
        known = math.prod(n for n in target if n > 0)
        free = size // known if known else 0
        shape = tuple(free if n == -1 else n for n in target)
        if target.count(-1) > 1 or math.prod(shape) != size:
            raise ModelError(source.subject, f"target_shape {tuple(target)} does not hold {counted(size, 'element')}")
        return (cls(source.name, (name,), shape),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """Wires; hls4ml's own back ends keep the type of the input as well."""
        node.make(cls, tuple(int(size) for size in node.get("target_shape")))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls("y", ("x",), (6,)), (Tensor.of_format((2, 3), FixedFormat(True, 2, 3)),)),)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return self.shape

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return sources[0].reshaped(self.shape)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        return value.reshape(value.shape[0], *self.shape)

    def passes_order(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        return PipelineStage.wires(layout, layout)
