"""What the codes of a tensor stand for where that is not a power of two: known to the host, not to the hardware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RealScale:
    """``y = factors[c] * code + shifts[c]``, c the channel of the last axis.

    Attributes:
        factors: One for all channels, or one for each; the binary point of the codes is part of it.
        shifts: The same.
    """

    factors: tuple[float, ...]
    shifts: tuple[float, ...]

    @property
    def several(self) -> bool:
        """Whether channels differ."""
        return len(self.factors) > 1 or len(self.shifts) > 1

    def of(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """Real values of codes, channels last; a product and a sum, each rounded to float64."""
        return np.asarray(codes.astype(np.float64) * np.array(self.factors) + np.array(self.shifts))

    def codes(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The codes that stand for real values, channels last, not yet rounded to integers."""
        return np.asarray((values.astype(np.float64) - np.array(self.shifts)) / np.array(self.factors))


Scales = Mapping[str, RealScale]  # by name of a layer
