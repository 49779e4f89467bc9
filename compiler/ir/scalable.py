"""What a layer can offer to a neighbouring batch normalization."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.tensor import FixedTensor


class Scalable(ABC):
    """A layer that can absorb a factor and a shift per channel after or before it."""

    @abstractmethod
    def scaled(self, factor: FixedTensor, shift: FixedTensor) -> Layer | None:
        """This layer followed by ``y * factor + shift`` per output channel, or ``None`` if that is not exact."""

    @abstractmethod
    def reading_scaled(self, factor: FixedTensor, shift: FixedTensor) -> Layer | None:
        """This layer on inputs ``x * factor + shift`` per input channel, or ``None`` if that is not exact."""

    @abstractmethod
    def scaled_reals(self, factor: Reals, shift: Reals) -> Layer | None:
        """Like ``scaled``, in float64 before the weights are quantized; ``None`` if they are codes."""

    @abstractmethod
    def reading_scaled_reals(self, factor: Reals, shift: Reals) -> Layer | None:
        """Like ``reading_scaled``, in float64; ``None`` if the weights are codes or the map is not linear in them."""
