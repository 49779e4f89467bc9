"""Rows of docs/w_multiplexer.md: what is joined in slices, and what could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.numeric.integers import ceil_div


@dataclass(frozen=True)
class Joined:
    """A layer of accumulators, and the same with cascades.

    Attributes:
        design: In words.
        layer: Name of the layer.
        leaves: Leaves of a tree by default.
        cascade: Lanes of a cascade.
        cycles: Cycles that the layer takes more; ``None`` if its lanes are not wide enough.
        before: Cost of the layer by default.
        after: Cost with cascades.
    """

    design: str
    layer: str
    leaves: int
    cascade: int
    cycles: int | None
    before: ResourceUsage
    after: ResourceUsage
    key: ClassVar[int] = 3  # cells by which its line is found

    @property
    def row(self) -> str:
        """A line of the table."""
        lut, ff = self.before.lut, self.before.ff
        found = ("-", "-", "-") if self.cycles is None else (
            f"{self.cycles:+d}", f"{lut - self.after.lut:,}", f"{ff - self.after.ff:,}"
        )  # fmt: skip
        places = (
            f"{self.design} | {self.layer} | {self.cascade} | {self.leaves} | {ceil_div(self.leaves, self.cascade)}"
        )
        return f"| {places} | {found[0]} | {lut:,} | {found[1]} | {ff:,} | {found[2]} |"


@dataclass(frozen=True)
class Join:
    """A layer with cascades whose trees would have half as many leaves.

    Attributes:
        design: In words.
        layer: Name of the layer.
        binding: As in the report.
        cascade: Positions of a cascade.
        leaves: Leaves of a tree today.
        joined: Pairs of leaves that slices would add.
        cycles: Cycles that the layer would take more.
        before: Cost of its trees.
        after: The same with joined leaves.
    """

    design: str
    layer: str
    binding: str
    cascade: int
    leaves: int
    joined: int
    cycles: int
    before: ResourceUsage
    after: ResourceUsage
    key: ClassVar[int] = 2

    @property
    def row(self) -> str:
        """A line of the table."""
        lut, ff = self.before.lut, self.before.ff
        costs = f"{lut:,} | {lut - self.after.lut:,} | {ff:,} | {ff - self.after.ff:,}"
        places = f"{self.design} | {self.layer} | {self.binding} | {self.cascade} | {self.leaves}"
        return f"| {places} | {self.joined} | {self.cycles:+d} | {costs} |"
