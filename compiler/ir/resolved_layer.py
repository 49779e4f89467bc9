"""Layers that are what ``resolved`` makes of them."""

from __future__ import annotations

from collections.abc import Sequence

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


class ResolvedLayer(Layer):
    """A layer without hardware, whose tensor and codes are those of the layer that ``resolved`` makes of it."""

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return self.resolved(sources).infer(sources)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return self.resolved(sources).evaluate(values, sources)
