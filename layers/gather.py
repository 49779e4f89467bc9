"""Gather: elements of a tensor in any order, some of them several times or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.layer import Example, stacked
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor


@dataclass(frozen=True, eq=False)
class Gather(HardwareLayer):
    """``y[i] = x[elements[i]]``: slices, crops, copies along new axes, elements picked by constants; wires only.

    Attributes:
        elements: Input element of every output element, counted row-major; its shape is that of the result.
    """

    kind: ClassVar[str] = "gather"

    elements: FixedTensor

    @classmethod
    def of(cls, name: str, source: str, elements: Int) -> Self:
        """The layer for an array of elements."""
        return cls(name, (source,), FixedTensor(np.ascontiguousarray(elements, np.int64), 0))

    @classmethod
    def broadcast(cls, name: str, source: str, shape: tuple[int, ...], target: tuple[int, ...]) -> Self:
        """A tensor of ``shape`` repeated along axes to ``target``, by the rules of NumPy.

        Raises:
            ValueError: If it cannot be.
        """
        return cls.of(name, source, np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), target))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        return (
            Example(cls.of("y", "x", np.array([[3, 3], [0, 5]])), (Tensor.of_format((2, 3), signed),)),
            Example(cls.broadcast("y", "x", (2, 1), (3, 2, 2)), (Tensor.of_format((2, 1), unsigned),)),
            Example(cls.of("y", "x", np.array([1])), (Tensor.of_format((4,), signed),)),
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        size, codes = int(np.prod(shapes[0])), self.elements.codes
        if not codes.size or int(codes.min()) < 0 or int(codes.max()) >= size:
            raise ModelError(
                self.describe(), f"picks elements that its input of shape {tuple(shapes[0])} does not have"
            )
        return tuple(codes.shape)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([sources[0].shape])
        return sources[0].rewired(lambda codes: codes.ravel()[self.elements.codes])

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        return value.reshape(len(value), -1)[:, self.elements.codes]

    def passes_order(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.kind == "serial":
            return None
        return PipelineStage.wires(layout, layout.holding(self.elements.codes.size))

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return {"elements": self.elements.codes.ravel()}
