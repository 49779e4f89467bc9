"""The hardware of a linear map in cascades of DSPs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.schedule.dsp.cascades import Cascades
from bxnn.compiler.schedule.dsp.packing_planner import PackingPlanner
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.recipe import Recipe


@dataclass(frozen=True)
class CascadeRecipe(Recipe):
    """One way to share DSPs, cut into cascades.

    Attributes:
        cascades: Which products share a DSP.
        segments: Cascades per lane.
        planner: Lays the products out in a DSP.
        sums: What all implementations of the map have in common.
    """

    cascades: Cascades
    segments: int
    planner: PackingPlanner = field(compare=False)
    sums: Sums = field(compare=False)

    @cached_property
    def packing(self) -> Packing | None:
        """How the products are laid out; ``None`` if the lanes do not fit."""
        return self.planner.of_cascades(self.cascades, self.segments)

    @property
    def possible(self) -> bool:
        return self.packing is not None

    def draft(self, source: Layout, result: Layout) -> DspBinding:
        assert self.packing is not None
        return self.cascades.bind(source, self.segments, self.sums, self.packing)

    def bind(self, source: Layout, result: Layout) -> DspBinding:
        binding = self.draft(source, result)
        self.sums.check(binding)
        return binding
