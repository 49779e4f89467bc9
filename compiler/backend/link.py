"""The wiring between two layers, as the top template writes it."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.hardware.schedule import Adapter
from compiler.ir.tensor import Int


@dataclass(frozen=True, eq=False)
class Link:
    """One adapter between two layers, as the top template wires it.

    Attributes:
        adapter: What it is.
        name: Stem of its signals.
        source: Stem of the signals it reads.
        bits: Width of one element.
    """

    adapter: Adapter
    name: str
    source: str
    bits: int

    @property
    def source_bits(self) -> int:
        """Width of what the adapter reads."""
        return self.adapter.source.lanes * self.bits

    @property
    def collected_bits(self) -> int:
        """Width of what the adapter writes, idle slots included; the elements are in the low bits."""
        if self.adapter.name == "deserialize":
            return self.adapter.source.phases * self.source_bits
        return self.adapter.result.lanes * self.bits

    @property
    def order(self) -> Int | None:
        """Where each element of a serial layout is collected; ``None`` if in its own place."""
        return self.adapter.source.collection_order if self.adapter.name == "deserialize" else None

    @property
    def padding_bits(self) -> int:
        """Zeros above the elements that fill the idle slots of a serial layout."""
        layout = self.adapter.result
        return layout.phases * layout.lanes * self.bits - self.source_bits
