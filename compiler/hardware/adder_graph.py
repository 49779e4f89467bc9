"""The binding `lut`: a constant linear map as a pipelined graph of shifts and adders, without a DSP, at any II.

    latency_cycles = ceil((depth - open_adders) / adders_per_stage)

where depth is the number of adders on the longest path, and open_adders how many of them may follow the last register
because every reader starts with its own register (0 otherwise; at least one stage in any case).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.adder_constants import adder_constants
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline, stages_needed
from bxnn.compiler.hardware.binding import Binding, Strategy
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class AdderGraph(Binding):
    """A constant linear map in LUTs.

    Attributes:
        linear: The map.
        pipeline: The graph, cut into stages; its inputs have no low bits that are always zero.
        zeros: Number of such bits of each input on the wire; int64, shape (inputs,).
    """

    name: ClassVar[str] = "lut"
    strategy: ClassVar[Strategy | None] = "lut"

    linear: LinearMap
    pipeline: AdderPipeline
    zeros: Int

    @property
    def weight_bits(self) -> int:
        """Signed width of the weights."""
        return self.linear.weight_bits

    def latency(self) -> tuple[LatencyTerm, ...]:
        depth, per_stage, behind = self.pipeline.depth, self.pipeline.adders_per_stage, self.pipeline.open_adders
        part = LatencyPart.OPEN_ADDER_STAGES if behind else LatencyPart.ADDER_STAGES
        return (LatencyTerm(part, stages_needed(depth, per_stage, behind), depth, per_stage, behind),)

    def resources(self) -> Fabric:
        return self.pipeline.fabric

    def constants(self) -> Mapping[str, Any]:
        return {**adder_constants(self.pipeline), "zeros": self.zeros}

    def verify(self, subject: str) -> None:
        """Check every stage; the graph itself was checked against the map when it was built."""
        if self.latency_cycles != self.pipeline.latency_cycles:
            raise InternalError(subject, "its adder graph has a number of stages that does not match its depth")
        self.pipeline.verify(subject)
