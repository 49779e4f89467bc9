"""The binding of layers that multiply two tensors: a DSP slice for every product that is read, at any II."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from bxnn.compiler.hardware.binding import Strategy
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.numeric.fixed_format import MAX_BITS
from bxnn.compiler.numeric.tensor import Int

SIGN_PINS = 30  # pins of the A port, which the sign of a short operand drives


@dataclass(frozen=True, eq=False)
class ProductStage(PipelineStage):
    """Products of two operands that both come from the network; their registers are those of the slices.

    Attributes:
        operands: For every lane of the result, bits of the first operand, zeros below them, the same for the second;
            no bits in a lane without a slice. int64, shape (lanes, 4).
        bits: Those of a result.
    """

    name: ClassVar[str] = "products"
    strategy: ClassVar[Strategy | None] = "dsp"

    operands: Int = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    bits: int = 1

    @property
    def dsp(self) -> int:
        return int((self.operands[:, 0] > 0).sum())

    @property
    def signs(self) -> int:
        """Most bits of a result that are the sign of its product."""
        own = self.operands.sum(axis=1)[self.operands[:, 0] > 0]
        return max(self.bits - int(own.min(initial=MAX_BITS)), 0) + 1

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
        setup = Delay(technology.fabric.dsp.setup_a)
        return HardwarePaths((Entry(PathClass.DSP_OPERAND, SIGN_PINS, setup),), (), self.leaves(technology, loads))

    def leaves(self, technology: Technology, loads: int) -> Delay:
        """From the last register of a slice: a single one after the multiplier is MREG, the post-adder follows it.

        The net of a sign that is repeated has more loads than that of another bit.
        """
        dsp = technology.fabric.dsp
        registered = dsp.clk_p if self.pipelining.multiplier_register else dsp.m_clk + dsp.alu + dsp.alu_to_p
        more = technology.net(max(loads, 1) * self.signs).ns - technology.net(loads).ns
        return Delay(registered + more, 0, max(loads, 1) * self.signs)

    def activity(self) -> list[tuple[int, int]]:
        """All slices take the event in its first cycle."""
        return [(0, self.dsp)] if self.dsp else []

    def constants(self) -> Mapping[str, Any]:
        return {"operands": self.operands}
