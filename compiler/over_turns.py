"""Sum, largest or smallest of the results of the members of an ensemble that take turns on a core.

A layer of the network as built, not of one that is computed event by event: there, members are side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.turn_stage import TurnOperation, TurnStage
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


def before_turns_end(graph: Graph) -> Graph:
    """The layers through which an event goes once for each member; their last results are its outputs."""
    kept: dict[str, Layer] = {}
    for layer in graph.layers:
        if not isinstance(layer, OverTurns) and all(name in kept for name in layer.inputs):
            kept[layer.name] = layer
    ends = {layer.inputs[0]: None for layer in graph.layers if isinstance(layer, OverTurns)}
    return replace(graph, layers=tuple(kept.values()), outputs=tuple(ends), scales={}, derived={})


@dataclass(frozen=True, eq=False)
class OverTurns(HardwareLayer):
    """``y = sum, maximum or minimum over turns of x``, element by element, exact.

    Attributes:
        operation: What is found.
        turns: Results of an event.
        spacing: Cycles from one to the next.
    """

    kind: ClassVar[str] = "over_turns"

    operation: TurnOperation
    turns: int
    spacing: int

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return ()

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        (source,) = sources
        if self.operation is not TurnOperation.SUM:
            return source
        return Tensor.of_range(self.turns * source.low, self.turns * source.high, source.format.fraction_bits)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        raise InternalError(self.describe(), "is over several results of an event; members by themselves define it")

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.is_serial:
            return None
        tensors = (sources[0], self.infer(sources))
        return TurnStage.of(layout, self.turns, self.spacing, self.operation, tensors, pipelining)
