"""Layers that keep one of two elements: a comparator and a multiplexer for each."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.pairwise import Pairwise
from bxnn.compiler.hardware.tree_paths import TreePaths


@dataclass(frozen=True, eq=False)
class Comparison(Pairwise):
    """The larger or the smaller of two elements."""

    def per_element(self, bits: int, elements: int) -> Fabric:
        return Fabric(compared_bits=bits * elements, selected_bits=bits * elements)

    def logic(self, bits: int) -> TreePaths:
        return TreePaths.comparators((True,), bits, 1, 0)
