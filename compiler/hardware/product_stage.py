"""The binding of layers that multiply two tensors: a DSP slice for every product, at any II."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bxnn.compiler.hardware.binding import Strategy
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipeline_stage import PipelineStage

SIGN_PINS = 30  # pins of the A port, which the sign of a short operand drives


@dataclass(frozen=True, eq=False)
class ProductStage(PipelineStage):
    """Products of two operands that both come from the network; their registers are those of the slices.

    Attributes:
        products: Number of slices: products where neither operand is always zero.
    """

    name: ClassVar[str] = "products"
    strategy: ClassVar[Strategy | None] = "dsp"

    products: int = 0

    @property
    def dsp(self) -> int:
        return self.products

    @property
    def reuse_factor(self) -> int:
        return 1

    @property
    def products_per_dsp(self) -> int:
        return 1

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.DSP_REGISTERS, self.registers),)

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """Into the operand registers, and out of those of the products."""
        dsp = technology.fabric.dsp
        return HardwarePaths((Entry(PathClass.DSP_OPERAND, SIGN_PINS, Delay(dsp.setup_a)),), (), Delay(dsp.clk_p))

    def activity(self) -> list[tuple[int, int]]:
        """All slices take the event in its first cycle."""
        return [(0, self.products)] if self.products else []

    def constants(self) -> Mapping[str, Any]:
        return {}
