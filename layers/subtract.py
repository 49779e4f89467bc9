"""Subtract: the difference of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.pairwise import Pairwise
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.layers.gather import broadcast_inputs


@dataclass(frozen=True, eq=False)
class Subtract(Pairwise):
    """``y = x0 - x1``, exact; one register."""

    kind: ClassVar[str] = "subtract"
    keras_classes: ClassVar[tuple[str, ...]] = ("Subtract",)
    operation: ClassVar[str] = "SUBTRACT"

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        source.finish()
        parts, names = broadcast_inputs(source)
        return (*parts, cls(source.name, tuple(names)))

    def combined(self, first: Codes, second: Codes) -> Codes:
        return first - second

    def bounds(self, first: tuple[Int, Int], second: tuple[Int, Int]) -> tuple[Int, Int]:
        return first[0] - second[1], first[1] - second[0]

    def per_element(self, bits: int, elements: int) -> Fabric:
        return Fabric(adder_bits=bits * elements)

    def logic(self, bits: int, sources: Sequence[Tensor]) -> TreePaths:
        return TreePaths((True,), adders=(((bits, bits, bits),),))
