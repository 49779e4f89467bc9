"""What hardware costs outside DSP slices, and how far off a prediction may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ResourceUsage:
    """Predicted cost outside DSP slices.

    Attributes:
        lut: Look-up tables.
        ff: Flip-flops.
    """

    lut: int = 0
    ff: int = 0

    def __add__(self, other: ResourceUsage) -> ResourceUsage:
        return ResourceUsage(self.lut + other.lut, self.ff + other.ff)


@dataclass(frozen=True)
class ResourceError:
    """Largest relative errors of predicted costs, as measured on whole networks."""

    lut: float
    ff: float
