"""The hardware of a layer without multipliers."""

from __future__ import annotations

from dataclasses import dataclass, field

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.schedule.recipe import Recipe


@dataclass(frozen=True)
class StageRecipe(Recipe):
    """The layer's own stage; there is one for each layout that it reads.

    Attributes:
        stage: The stage after the layout that it reads.
    """

    stage: PipelineStage = field(compare=False)

    def bind(self, source: Layout, result: Layout) -> PipelineStage:
        return self.stage
