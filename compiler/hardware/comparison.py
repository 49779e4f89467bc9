"""Layers that keep one of two elements: a comparator and a multiplexer for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bxnn.compiler.hardware.constant_bits import constant_bits, set_by_choice
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.pairwise import Pairwise
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Comparison(Pairwise):
    """The larger or the smaller of two elements."""

    commutes: ClassVar[bool] = True

    def per_element(self, bits: int, elements: int) -> Fabric:
        return Fabric(compared_bits=bits * elements, selected_bits=bits * elements)

    def logic(self, bits: int, sources: Sequence[Tensor]) -> TreePaths:
        finest = max(source.format.fraction_bits for source in sources)
        constant = [constant_bits(source, finest - source.format.fraction_bits, bits) for source in sources]
        return TreePaths.comparators((True,), bits, 1, 0, set_by_choice(np.stack(constant, axis=1)))
