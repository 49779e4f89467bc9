"""The hardware of a linear map as an adder graph."""

from __future__ import annotations

from dataclasses import dataclass, field

from bxnn.compiler.hardware.adder_graph import AdderGraph
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.recipe import Recipe


@dataclass(frozen=True)
class AdderRecipe(Recipe):
    """One pipeline of the adders.

    Attributes:
        pipeline: The adders and where their registers are.
        subject: The layer, for error messages.
        linear: The map.
        zeros: Low bits of each input that are always zero.
    """

    pipeline: AdderPipeline
    subject: str = field(compare=False)
    linear: LinearMap = field(compare=False)
    zeros: Int = field(compare=False)

    def bind(self, source: Layout, result: Layout) -> AdderGraph:
        binding = AdderGraph(source, result, self.linear, self.pipeline, self.zeros)
        binding.verify(self.subject)
        return binding
