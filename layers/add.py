"""Add: the sum of tensors, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.partial_sums import partial_sum_bits
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.sum_trees import signed_bits_of
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.alignment import aligned
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.gather import broadcast_inputs


@dataclass(frozen=True, eq=False)
class Add(HardwareLayer):
    """``y = x0 + x1 + ...``, exact: the format grows; a pipelined tree of adders per element.

    Inputs may differ in every part of their formats. They are aligned to the finest of their grids, which loses
    nothing, so mixed formats need no declared result; design.yaml may declare one (``layers: {add: {output: ...}}``)
    if the exact sum is wider than its readers need. Only a sum that does not fit 62 bits is refused.
    """

    kind: ClassVar[str] = "add"
    elementwise: ClassVar[bool] = True
    commutes: ClassVar[bool] = True
    takes_output: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = ("Add",)

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        source.finish()
        if len(source.inputs) < 2:
            raise ModelError(source.subject, "has 1 input; it needs at least 2")
        parts, names = broadcast_inputs(source)
        return (*parts, cls(source.name, tuple(names)))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 4)
        cases = [
            ((2, 1, 2), (signed, signed)),
            ((3,), (unsigned, signed, signed)),
            ((2,), (unsigned, unsigned)),
        ]
        return tuple(
            Example(
                cls("y", tuple(f"x{i}" for i in range(len(formats)))),
                tuple(Tensor.of_format(shape, number_format) for number_format in formats),
            )
            for shape, formats in cases
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        if len(set(shapes)) != 1:
            listed = " and ".join(map(str, shapes))
            raise ModelError(self.describe(), f"inputs of shapes {listed} cannot be added; give them the same shape")
        return shapes[0]

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([source.shape for source in sources])
        low = np.sum(aligned(self.describe(), [source.low for source in sources], sources), axis=0)
        high = np.sum(aligned(self.describe(), [source.high for source in sources], sources), axis=0)
        return Tensor.of_range(low, high, max(source.format.fraction_bits for source in sources))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        first, *others = aligned(self.describe(), values, sources)
        return sum(others, start=first)

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        reach = [np.maximum(np.abs(source.low), np.abs(source.high)) for source in sources]
        return max(super().magnitude(sources), int(np.sum(aligned(self.describe(), reach, sources), axis=0).max()))

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if not layout.is_parallel:
            return None
        stages = pipelining.tree_stages(len(sources))
        present = np.ones((sources[0].size, len(sources)), bool)
        fabric = Fabric.tree(present, self.infer(sources).bits, pipelining) + Fabric.registers(stages)
        ends = ([getattr(source, end) for source in sources] for end in ("low", "high"))
        low, high = (np.stack(aligned(self.describe(), codes, sources), axis=-1) for codes in ends)
        leaves = signed_bits_of(low, high).reshape(-1, len(sources))
        logic = TreePaths.of_codes(pipelining.registered_levels(len(sources)), self.infer(sources).bits, leaves)
        return PipelineStage(layout, layout, stages, fabric, logic, pipelining=pipelining)

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``sum_bits``: of the sums on the way, if the result's format does not hold every input; 0 if it does."""
        formats = [source.format for source in sources]
        return {"sum_bits": partial_sum_bits(formats, len(sources), self.infer(sources).format)}
