"""The wiring between two layers, as used by the top template."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.deserialize import Deserialize
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.valid_wiring import ValidCopies


@dataclass(frozen=True)
class NamedCopies:
    """Copies of a valid, as instantiated by the top template.

    Attributes:
        name: Of the signal.
        source: The valid that they delay.
        copies: The copies.
        is_new: Whether they are instantiated here, not for equal hardware of another reader.
    """

    name: str
    source: str
    copies: ValidCopies
    is_new: bool = True


@dataclass(frozen=True, eq=False)
class Link:
    """One converter between two layers, as instantiated by the top template.

    Attributes:
        converter: The converter.
        name: Stem of its signals.
        source: Stem of the signals that it reads.
        bits: Width of one element.
        starts: Copies of the valid that it takes; ``None`` if it has none.
        is_new: Whether it is instantiated here, not for another reader of the same signals.
    """

    converter: LayoutConverter
    name: str
    source: str
    bits: int
    starts: NamedCopies | None = None
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
    def load_copies(self) -> int:
        """Copies of the valid that loads a collected tensor; 0 if that is a single one."""
        return self.converter.load_copies(self.bits) if isinstance(self.converter, Deserialize) else 0

    @property
    def padding_bits(self) -> int:
        """Number of zeros above the elements, which fill the idle slots of a serial layout."""
        layout = self.converter.result
        return layout.phases * layout.lanes * self.bits - self.source_bits
