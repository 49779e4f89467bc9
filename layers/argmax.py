"""Argmax: the index of the largest output, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.ir.layer import Example, stacked
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Argmax(HardwareLayer):
    """``y = argmax(x)``, ties go to the lowest index; a pipelined tree of comparators."""

    kind: ClassVar[str] = "argmax"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        formats = FixedFormat(True, 1, 2), FixedFormat(False, 2, 0)
        return tuple(
            Example(cls("y", ("x",)), (Tensor.of_format((size,), number_format),))
            for size in (2, 5, 8)
            for number_format in formats
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        if len(shapes[0]) != 1 or shapes[0][0] < 2:
            raise ModelError(self.describe(), f"argmax needs a vector of at least 2 elements, not shape {shapes[0]}")
        return (1,)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        shape = self.output_shape([sources[0].shape])
        bits = ceil_log2(sources[0].size)
        return Tensor(FixedFormat(False, bits, 0), np.zeros(shape, np.int64), np.full(shape, sources[0].size - 1))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        return np.asarray(np.argmax(value, axis=-1, keepdims=True), value.dtype)

    def follows_order_only(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.is_serial:
            return None
        stages = pipelining.tree_stages(sources[0].size)
        # A comparator and a two-way multiplexer per node of the tree; the index grows by one bit per level.
        tree = Fabric.comparators(sources[0].size, sources[0].bits, indexed=True, pipelining=pipelining)
        fabric = tree + Fabric.registers(stages)
        bits = ceil_log2(sources[0].size)
        logic = _paths(pipelining.registered_levels(sources[0].size), sources[0], bits)
        return PipelineStage(layout, Layout.parallel(1), stages, fabric, logic, pipelining=pipelining)


def _paths(levels: tuple[bool, ...], source: Tensor, bits: int) -> TreePaths:
    """The paths of the tree; ``bits`` of an index travel with every element, constant at the leaves.

    A comparison of two indices of the same size that start at zero and one has no constant in only one of them; one
    with a part of a tree that is not full has, and so has every one after a register.
    """
    first = levels.index(True) + 1
    partly = source.size % (1 << first)
    chosen = bits if partly & (partly - 1) else 0
    return replace(TreePaths.comparators(levels, source.bits, 1, bits, chosen), chosen_within=bits)
