"""The hardware of a linear map in accumulating DSPs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.packing_planner import PackingPlanner
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.recipe import Recipe


@dataclass(frozen=True)
class AccumulatorRecipe(Recipe):
    """The DSPs of a serial input.

    Attributes:
        accumulators: Which products share a DSP.
        planner: Lays the products out in a DSP.
        sums: What all implementations of the map have in common.
    """

    accumulators: Accumulators
    planner: PackingPlanner = field(compare=False)
    sums: Sums = field(compare=False)

    @cached_property
    def packing(self) -> Packing | None:
        """How the products are laid out; ``None`` if the lanes do not fit."""
        return self.planner.of_accumulators(self.accumulators)

    @property
    def possible(self) -> bool:
        return self.packing is not None

    def draft(self, source: Layout, result: Layout) -> DspBinding:
        assert self.packing is not None
        return self.accumulators.bind(self.sums, self.packing)

    def bind(self, source: Layout, result: Layout) -> DspBinding:
        binding = self.draft(source, result)
        self.sums.check(binding)
        return binding
