"""Output-serial binding with switched operands: a DSP may take another input in every phase.

A lane computes one output per phase, as in the output-serial binding, but its DSPs hold the nonzero products of the
current output only: a lane needs as many DSPs as its busiest output has nonzero weights, not one per input that any of
its outputs reads. A multiplexer before the DSP picks the phase's input. It pays where outputs read few and different
inputs: convolutions with few filters, and sparse weights. With packed DSPs the same holds for teams of outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.cascaded import Cascaded


@dataclass(frozen=True, eq=False)
class OutputSwitched(Cascaded):
    """Every DSP has an operand of its own in each phase; ``operands`` has as many operand phases as phases."""

    name: ClassVar[str] = "output_switched"

    def verify_operands(self, subject: str) -> None:
        slots = self.slots
        slots.verify_arrival(subject, self.source, slots.skew[slots.dsp] + slots.phase)
