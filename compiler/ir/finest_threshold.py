"""Which threshold of a network needs the most fraction bits of a result that is not a binary fraction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FinestThreshold:
    """The finest of all thresholds that decide on a tensor.

    Attributes:
        value: The threshold.
        layer: The layer that it belongs to, as spelled by the user.
    """

    value: float
    layer: str
