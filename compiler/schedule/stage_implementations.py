"""The implementations of a layer without multipliers, with their exact cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.read_elements import Mask
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.schedule.bounds import Least
from bxnn.compiler.schedule.converters import cycles_of, to_parallel
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.stage_recipe import StageRecipe


@dataclass(frozen=True, eq=False)
class StageImplementations:
    """The stages of one layer.

    Attributes:
        layer: The layer.
        sources: Tensors of its inputs.
        initiation_interval: Cycles between events.
        pipelining: Where the registers are.
        read: Which elements of the result anything reads; bool, shape (elements,).
    """

    layer: HardwareLayer
    sources: Sequence[Tensor]
    initiation_interval: int
    pipelining: Pipelining
    read: Mask

    def least(self, priced: bool) -> Least:
        """The minimum that every stage needs; without LUTs if these do not count."""
        size = self.sources[0].size
        layouts = (Layout.pulse(size), Layout.parallel(size), Layout.serial(size, self.initiation_interval))
        bindings = [
            binding
            for layout in layouts
            for binding in (self._bound(layout), self._shared(layout))
            if binding is not None
        ]
        cycles = min(binding.latency_cycles for binding in bindings)
        dsp = min(binding.dsp for binding in bindings)
        if not priced:
            return Least(dsp, 0, cycles)
        whole = min(cost_of(b.resources()).lut for b in bindings if not b.source.is_serial)
        return Least(dsp, whole // self.initiation_interval, cycles)

    def all_implementations(self, layout: Layout) -> Iterator[Implementation]:
        """All stages after a producer that writes ``layout``."""
        converters: tuple[LayoutConverter, ...] = ()
        binding = self._bound(layout)
        if binding is None:
            converters = to_parallel(layout, self.pipelining.most_loads)
            layout = converters[-1].result if converters else layout
            binding = self._bound(layout)
        if binding is None:
            raise InternalError(self.layer.describe(), "its stage does not read a parallel layout")
        for stage in (binding, self._shared(layout)):
            if stage is not None:
                cycles = cycles_of(converters) + stage.latency_cycles
                yield Implementation(StageRecipe(stage), converters, layout, stage.result, cycles, stage.dsp)

    def _bound(self, layout: Layout) -> PipelineStage | None:
        return self.layer.stage_of_read(layout, self.sources, self.pipelining, self.read)

    def _shared(self, layout: Layout) -> PipelineStage | None:
        interval = self.initiation_interval
        return self.layer.shared_stage(layout, self.sources, self.pipelining, interval, self.read)
