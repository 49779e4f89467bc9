"""What the host does to each feature of an input before it rounds it: a factor and an offset, in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.host_quantizer import HostOperation, HostStep, ScaledHostQuantizer


@dataclass(frozen=True)
class HostScale:
    """``x * factor + offset``; the layers that read the input have the inverse in their weights and biases.

    Attributes:
        factors: Positive, one for each feature.
        offsets: One for each feature.
    """

    factors: tuple[float, ...]
    offsets: tuple[float, ...]

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The scaled numbers; features are the last axis."""
        return np.asarray(np.asarray(values, np.float64) * np.array(self.factors) + np.array(self.offsets))

    @property
    def inverse(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Factors and shifts that give the features again."""
        factors = 1 / np.array(self.factors)
        return factors, -np.array(self.offsets) * factors

    def quantizer(self, own: FixedQuantizer) -> ScaledHostQuantizer:
        """All that the host does, for the type of the scaled numbers, which saturates."""
        steps = (
            HostStep(HostOperation.MULTIPLY, self.factors),
            HostStep(HostOperation.ADD, self.offsets),
            HostStep(HostOperation.MULTIPLY, (2.0**own.format.fraction_bits,)),
        )
        return ScaledHostQuantizer(steps, 0, own, double=True)
