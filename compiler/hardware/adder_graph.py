"""The binding `lut`: a constant linear map as a pipelined graph of shifts and adders, without a DSP, at any II.

Registers are placed where the clock needs them, or after the number of adders that the user sets. The last stage may
be open: it then ends in the registers of its readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bxnn.compiler.hardware.adder_constants import adder_constants
from bxnn.compiler.hardware.adder_paths import adder_paths
from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.binding import Binding, Strategy
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
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
        pipeline, open_adders = self.pipeline, self.pipeline.open_adders
        part = LatencyPart.OPEN_ADDER_STAGES if open_adders else LatencyPart.ADDER_STAGES
        return (LatencyTerm(part, pipeline.latency_cycles, pipeline.depth, pipeline.adders_per_stage, open_adders),)

    def resources(self) -> Fabric:
        return self.pipeline.fabric

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        return adder_paths(self.pipeline, technology, loads)

    def constants(self) -> Mapping[str, Any]:
        return {**adder_constants(self.pipeline), "zeros": self.zeros}

    def verify(self, subject: str) -> None:
        """Check every stage; the graph itself was checked against the map when it was built."""
        self.pipeline.verify(subject)
