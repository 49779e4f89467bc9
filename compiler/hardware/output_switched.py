"""Output-serial binding with switched operands: a DSP may take a different input in each phase.

A lane computes one output per phase, as in the output-serial binding, but its DSPs form only the nonzero products of
the current output: a lane needs as many DSPs as its busiest output has nonzero weights, not one per input that any of
its outputs reads. A multiplexer before the DSP selects the phase's input. This pays off where outputs read few and
different inputs: convolutions with few filters, and sparse weights. With packed DSPs, the same applies to teams of
outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.cascaded import Cascaded


@dataclass(frozen=True, eq=False)
class OutputSwitched(Cascaded):
    """Every DSP has its own operand in each phase; ``operands`` has as many operand phases as there are phases."""

    name: ClassVar[str] = "output_switched"

    def verify_operands(self, subject: str) -> None:
        slots = self.slots
        slots.verify_arrival(subject, self.source, slots.skew[slots.dsp] + slots.phase)
