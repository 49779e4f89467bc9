"""Minimum: the smaller of two tensors, element by element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bxnn.compiler.hardware.comparison import Comparison
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int
from bxnn.layers.gather import chained


@dataclass(frozen=True, eq=False)
class Minimum(Comparison):
    """``y = min(x0, x1)``, exact; one register."""

    kind: ClassVar[str] = "minimum"
    keras_classes: ClassVar[tuple[str, ...]] = ("Minimum",)
    operation: ClassVar[str] = "MINIMUM"

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        source.finish()
        return chained(source, cls)

    def combined(self, first: Codes, second: Codes) -> Codes:
        return np.asarray(np.minimum(first, second))

    def bounds(self, first: tuple[Int, Int], second: tuple[Int, Int]) -> tuple[Int, Int]:
        return np.minimum(first[0], second[0]), np.minimum(first[1], second[1])
