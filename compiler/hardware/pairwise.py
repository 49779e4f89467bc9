"""What layers have in common that combine two tensors of the same shape, element by element."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.ir.layer import Example
from bxnn.compiler.numeric.alignment import aligned
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.plural import counted


@dataclass(frozen=True, eq=False)
class Pairwise(HardwareLayer):
    """``y = f(x0, x1)`` on the finer of the two grids, exact; one register.

    Attributes:
        operation: As spelled in the VHDL entity ``bxnn_pairwise``.
    """

    elementwise: ClassVar[bool] = True
    operation: ClassVar[str]

    @abstractmethod
    def combined(self, first: Codes, second: Codes) -> Codes:
        """The function on aligned codes."""

    @abstractmethod
    def bounds(self, first: tuple[Int, Int], second: tuple[Int, Int]) -> tuple[Int, Int]:
        """Exact interval of the result for aligned intervals."""

    @abstractmethod
    def per_element(self, bits: int, elements: int) -> Fabric:
        """The logic for a number of elements."""

    @abstractmethod
    def logic(self, bits: int, sources: Sequence[Tensor]) -> TreePaths:
        """The paths of one element, like those of a one-level tree."""

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned, fine = FixedFormat(True, 1, 2), FixedFormat(False, 2, 4), FixedFormat(True, 0, 5)
        cases = [
            ((2, 1, 2), signed, signed),
            ((3,), unsigned, signed),
            ((2,), unsigned, unsigned),
            ((4,), signed, fine),
        ]
        return tuple(
            Example(cls("y", ("x0", "x1")), (Tensor.of_format(shape, first), Tensor.of_format(shape, second)))
            for shape, first, second in cases
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return one_shape(self.describe(), shapes)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([source.shape for source in sources])
        lows, highs = ([getattr(source, end) for source in sources] for end in ("low", "high"))
        ends = [aligned(self.describe(), codes, sources) for codes in (lows, highs)]
        low, high = self.bounds((ends[0][0], ends[1][0]), (ends[0][1], ends[1][1]))
        fraction_bits = max(source.format.fraction_bits for source in sources)
        return Tensor(self._holding([*ends[0], *ends[1], low, high], fraction_bits), low, high)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return self.combined(*aligned(self.describe(), values, sources))

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        reach = [np.maximum(np.abs(source.low), np.abs(source.high)) for source in sources]
        return max(
            super().magnitude(sources), *(int(codes.max()) for codes in aligned(self.describe(), reach, sources))
        )

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if not layout.is_parallel:
            return None
        result = self.infer(sources)
        fabric = self.per_element(result.bits, result.size) + Fabric.registers(result.size * result.bits + 1)
        return PipelineStage(layout, Layout.parallel(result.size), 1, fabric, self.logic(result.bits, sources))

    def _holding(self, codes: Sequence[Int], fraction_bits: int) -> FixedFormat:
        """A format for the results and for the aligned inputs, in which they are compared."""
        lows, highs = (int(min(c.min() for c in codes)), int(max(c.max() for c in codes)))
        return FixedFormat.covering(lows, highs, fraction_bits)


def one_shape(subject: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of both inputs of a layer that combines two.

    Raises:
        ModelError: If there are not two, or their shapes differ.
    """
    if len(shapes) != 2:
        raise ModelError(subject, f"has {counted(len(shapes), 'input')}; it takes 2")
    if shapes[0] != shapes[1]:
        raise ModelError(subject, f"inputs have shapes {shapes[0]} and {shapes[1]}; give them one shape")
    return shapes[0]
