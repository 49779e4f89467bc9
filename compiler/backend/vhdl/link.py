"""The wiring between two layers, as used by the top template."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.layout_converter import LayoutConverter


@dataclass(frozen=True, eq=False)
class Link:
    """One converter between two layers, as instantiated by the top template.

    Attributes:
        converter: The converter.
        name: Stem of its signals.
        source: Stem of the signals that it reads.
        bits: Width of one element.
        is_new: Whether it is instantiated here, not for another reader of the same signals.
    """

    converter: LayoutConverter
    name: str
    source: str
    bits: int
    is_new: bool = True

    @property
    def source_bits(self) -> int:
        """Width of what the converter reads."""
        return self.converter.source.lanes * self.bits

    @property
    def collected_bits(self) -> int:
        """Width of what the converter writes, idle slots included; the elements are in the low bits."""
        return self.converter.collected_lanes * self.bits

    @property
    def padding_bits(self) -> int:
        """Number of zeros above the elements, which fill the idle slots of a serial layout."""
        layout = self.converter.result
        return layout.phases * layout.lanes * self.bits - self.source_bits
