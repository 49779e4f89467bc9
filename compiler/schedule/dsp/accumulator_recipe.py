"""The hardware of a linear map in accumulating DSPs."""

from __future__ import annotations

from dataclasses import dataclass, field

from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.recipe import Recipe


@dataclass(frozen=True)
class AccumulatorRecipe(Recipe):
    """The DSPs of a serial input.

    Attributes:
        packing: How the products are laid out in a DSP.
        accumulators: Which products share a DSP; follows from the packing and the layouts.
        sums: What all implementations of the map have in common.
    """

    packing: Packing
    accumulators: Accumulators = field(compare=False)
    sums: Sums = field(compare=False)

    def draft(self, source: Layout, result: Layout) -> DspBinding:
        return self.accumulators.bind(self.sums, self.packing)

    def bind(self, source: Layout, result: Layout) -> DspBinding:
        binding = self.draft(source, result)
        self.sums.check(binding)
        return binding
