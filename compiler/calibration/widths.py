"""How many bits everything in a network has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

TABLE_BITS = (8, 12)  # least and most bits of a number that addresses a table
_TABLE_FINER = 4  # bits that such a number has more than others
_LEAST_FACTOR = 8  # bits of a factor of a batch normalization

Place = tuple[str, str]  # a layer as in formats.yaml, and "kernel" or "output"


@dataclass(frozen=True)
class Widths:
    """Bits of inputs, weights and results.

    Attributes:
        inputs: Of every input.
        bits: Of weights and results without their own width.
        own: Other widths by place.
    """

    inputs: int
    bits: int
    own: Mapping[Place, int] = field(default_factory=dict)

    def of(self, key: str, part: str, addresses: bool = False) -> int:
        """Bits of a part of a layer.

        Args:
            key: Name of the layer in formats.yaml.
            part: ``kernel``, ``scale`` or ``output``.
            addresses: Whether it addresses a table.
        """
        bits = self.own.get((key, part), self.bits)
        if part == "scale":
            return max(bits, _LEAST_FACTOR)
        return min(max(bits + _TABLE_FINER, TABLE_BITS[0]), TABLE_BITS[1]) if addresses else bits

    def lowered(self, place: Place) -> Widths:
        """The widths with one bit less at one place."""
        return replace(self, own={**self.own, place: self.own.get(place, self.bits) - 1})

    def raised(self, place: Place) -> Widths:
        """The widths with one bit more at one place."""
        return replace(self, own={**self.own, place: self.own.get(place, self.bits) + 1})
